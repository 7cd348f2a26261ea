import { expect, it } from 'vitest'
import { Watched, watchedMax } from './watched.ts'

it('finds a message by its name for whoever has asked for it', () => {
  const watched = new Watched()
  watched.add('alice', 'one@camp', 20)
  watched.add('bob', 'one@camp', 35)
  watched.add('bob', 'two@camp', 36)
  expect(watched.usersOf('one@camp')).toEqual(['alice', 'bob'])
  expect([watched.find('alice', 'one@camp'), watched.find('bob', 'one@camp')]).toEqual([20, 35])
  expect(watched.find('alice', 'two@camp')).toBeUndefined()
})

it('watched-fill: whoever asks for very many has the oldest forgotten, and nobody else’s', () => {
  const watched = new Watched()
  watched.add('alice', 'hers@camp', 20)
  for (let number = 1; number <= watchedMax; number += 1) watched.add('mallory', `${number}@camp`, number)
  watched.add('mallory', '1@camp', 1)
  watched.add('mallory', 'more@camp', 9)
  expect(watched.find('mallory', '2@camp')).toBeUndefined()
  expect(watched.find('mallory', '1@camp')).toBe(1)
  expect(watched.find('alice', 'hers@camp')).toBe(20)
})

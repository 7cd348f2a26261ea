import { expect, test } from 'vitest'
import { configText } from './config.ts'
import { renamed } from './rename.ts'

const ports = { smtp: 0, smtps: 0, imap: 0, imaps: 0, pop3: 0, pop3s: 0, nncp: 0, web: 0 }

test('the file that init writes gets another name, and is otherwise what it was', () => {
  const text = configText({ name: 'camp', ports, loopback: true })
  expect(renamed(text, 'valley')).toBe(text.replace('name = "camp"', 'name = "valley"'))
  expect(renamed(text, 'not a name')).toBeUndefined()
})

test.each([
  ['of another table', '[exec.thing]\ncommand = ["/bin/true"]\nfrom = ["camp"]\n[node]\n# here\nname   =   "camp"\n'],
  ['with a remark behind it', '[node]\nname = "camp" # the "camp"\n'],
])('the right line is found: %s', (_, text) => {
  const changed = renamed(text, 'valley')
  expect(changed?.replace('"valley"', '"camp"')).toBe(text)
})

test.each([
  ['written otherwise', "node = { name = 'camp' }\n"],
  ['with other quotes', "[node]\nname = 'camp'\n"],
  ['broken', '[node]\nname = "camp"\nname = "camp"\n'],
])('a file that this does not understand stays as it is: %s', (_, text) => {
  expect(renamed(text, 'valley')).toBeUndefined()
})

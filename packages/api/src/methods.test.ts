import { expect, test } from 'vitest'
import { type MethodName, methods } from './index.ts'
import { apiLimits } from './limits.ts'

test.each(Object.keys(methods) as MethodName[])('%s has a name that fits and says in a sentence what it does', name => {
  expect(name).toMatch(/^[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*$/)
  expect(name.length).toBeLessThanOrEqual(apiLimits.methodLettersMax)
  expect(methods[name].about).toMatch(/^[A-Z].*\.$/s)
})

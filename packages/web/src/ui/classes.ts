/** The classes that apply, in one attribute: `classes(css['row'], chosen && css['chosen'])`. */
export function classes(...names: readonly (string | false | null | undefined)[]): string {
  return names.filter(name => name !== undefined && name !== false && name !== null && name !== '').join(' ')
}

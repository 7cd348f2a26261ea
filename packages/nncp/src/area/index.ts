/**
 * Areas: groups of nodes that hear the same messages (NNCP manual, "Multicast areas" and "Encrypted area packet").
 *
 * A message is an encrypted packet whose recipient is the area and whose sender is its author. From node to node it
 * travels unchanged inside plain packets of the type `area`, each sealed for the next node by the one before it.
 */
export * from './keys.ts'
export * from './message.ts'

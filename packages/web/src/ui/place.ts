/** Where menus and tooltips are put: inside the dialog that is open, because all outside of it is out of reach. */
import { createContext } from 'react'

export const Place = createContext<HTMLElement | null>(null)

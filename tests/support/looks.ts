/** How a page stands on the screen: what runs in it is a text, because tests know nothing of a browser's own types. */
import type { Page } from 'playwright-core'

/** Pictures are there and nothing moves; what is shown of the folder `place` is shown as of a place for sticks. */
export async function settled(page: Page, place: string): Promise<void> {
  await page.evaluate(`(async () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      if (node.nodeValue.includes(${JSON.stringify(place)}))
        node.nodeValue = node.nodeValue.replaceAll(${JSON.stringify(place)}, '/media')
    }
    const shown = [...document.images].filter(image => image.loading !== 'lazy' || image.complete)
    await Promise.all(shown.map(image => image.decode().catch(() => undefined)))
    for (let frame = 0; frame < 3; frame += 1) await new Promise(resolve => requestAnimationFrame(resolve))
  })()`)
}

/** What stands out of the page at the sides. */
export function tooWide(page: Page): Promise<readonly string[]> {
  return page.evaluate<readonly string[]>(`(() => {
    const shown = [...document.querySelectorAll('a, button, input, textarea, select, h1, h2, h3, img, p')]
    const outside = shown.filter(element => {
      const { left, right } = element.getBoundingClientRect()
      const isVisible = element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
      const scrolls = element.closest('[role=tablist]') !== null
      return isVisible && !scrolls && (left < -1 || right > innerWidth + 1)
    })
    const { scrollWidth } = document.documentElement
    const isWide = scrollWidth > innerWidth
    const any = isWide ? [...document.body.querySelectorAll('*')] : []
    const wide = any.filter(element => element.getBoundingClientRect().right > innerWidth)
    const told = ({ tagName, className, textContent }) => [tagName, className, textContent.slice(0, 40)].join(' ')
    return [...(isWide ? ['the page: ' + scrollWidth] : []), ...[...outside, ...wide].map(told)]
  })()`)
}

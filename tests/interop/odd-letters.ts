/** Letters as programs and people really write them, to be taken apart by two servers. Lines end in LF here. */

function multipart(type: string, parts: readonly string[], end = '--B--\n'): string {
  const head = `From: a@b\nMIME-Version: 1.0\nContent-Type: multipart/${type}; boundary=B\n\n`
  return `${head}${parts.map(part => `--B\n${part}\n`).join('')}${end}`
}

function people(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `"N ${at}" <n${at}@x>`)
}

const text = 'Content-Type: text/plain; charset=utf-8\n\nHello'
const inner = 'From: Inner <in@x>\nSubject: inner\nMessage-ID: <in@x>\n\nInner text\nof two lines\n'

export const oddLetters: Readonly<Record<string, string>> = {
  plain:
    'From: Bob <bob@x>\nTo: a@b, "C, D" <c@d>\nCc: e@f\nBcc: g@h\nSubject: s\n' +
    'Date: Mon, 1 Jan 2024 00:00:00 +0000\nMessage-ID: <1@x>\nIn-Reply-To: <0@x>\n\nbody\n',
  'no header': '\nbody only\n',
  'no body': 'From: a@b\nSubject: no body\n',
  'no body but a blank line': 'From: a@b\nSubject: blank\n\n',
  'no line end': 'From: a@b\n\nno line end',
  'not a header': 'this is no header\nFrom: a@b\n\nbody\n',
  'mbox line': 'From bob@x Mon Jan  1 00:00:00 2024\nFrom: a@b\nSubject: s\n\nbody\n',
  'folded and blank folded': 'From: a@b\nSubject: one\n two\n\tthree\n \n four\n\nbody\n',
  '8-bit header': 'From: J\u00fcrgen <j@x>\nSubject: Gr\u00fc\u00dfe\n\nbody\n',
  'encoded words': 'From: =?utf-8?q?J=C3=BCrgen?= <j@x>\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\n\nbody\n',
  groups: 'From: a@b\nTo: friends: b@c, "D" <d@e>;, f@g\nCc: hidden-recipients:;\n\nbody\n',
  'quoted group': 'From: a@b\nTo: "hidden-recipients": ;\n\nbody\n',
  comments: 'From: a@b (Al (nested) Bee)\nTo: (one) c (two) @ (three) d (four)\nSender: S (x) <s@t>\n\nbody\n',
  'odd addresses':
    'From: <a@b>, just-a-name, @no-local, no-domain@, "quoted local"@x, a.b.c@d, <>, x@[1.2.3.4]\n' +
    'Reply-To: ,,\n\nbody\n',
  'empty address fields': 'From:\nTo: \nSender: a@b\nReply-To:\n\nbody\n',
  routes: 'From: <@r1,@r2:a@b>\nTo: =?utf-8?q?x?= y <z@z>\n\nbody\n',
  'two of a field': 'From: a@b\nFrom: c@d\nTo: e@f\nTo: g@h\nSubject: one\nSubject: two\n\nbody\n',
  'quotes and backslashes': 'From: "a \\"q\\" \\\\ b" <a@b>\nSubject: "q" \\ back\nMessage-ID: <"x y"@z>\n\nbody\n',
  'space before colon': 'From : a@b\nSubject : s\n\nbody\n',
  mixed: multipart('mixed', [
    text,
    'Content-Type: image/png; name="a b.png"\nContent-Transfer-Encoding: base64\nContent-Disposition: attachment; filename="a b.png"; size=3\nContent-ID: <i@d>\nContent-Description: a picture\nContent-MD5: Q2hlY2s=\nContent-Language: en, de\nContent-Location: http://x/y\n\naGk=',
  ]),
  preamble: multipart('mixed', [text, text])
    .replace('boundary=B\n\n', 'boundary=B\n\npreamble\nof two lines\n')
    .concat('epilogue\n'),
  'missing end': multipart('mixed', [text, text], ''),
  'missing end and line end': multipart('mixed', [text, text], '').trimEnd(),
  'no parts': multipart('mixed', []),
  'no boundary lines': 'From: a@b\nContent-Type: multipart/mixed; boundary=B\n\nno boundary here\n',
  'no boundary parameter': 'From: a@b\nContent-Type: multipart/mixed\n\n--B\n\nx\n--B--\n',
  'empty boundary': 'From: a@b\nContent-Type: multipart/mixed; boundary=""\n\n--\n\nx\n----\n',
  'empty part': multipart('mixed', ['', '\n', text]),
  'part without blank line': multipart('mixed', ['Content-Type: text/html', text]),
  'boundary with blanks': multipart('mixed', [text, text]).replaceAll('--B\n', '--B  \t\n'),
  'boundary that begins another':
    'From: a@b\nContent-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: multipart/alternative; boundary=BB\n' +
    '\n--BB\n\ninner\n--BB--\n--B\n\nlast\n--B--\n',
  'longer boundary line': multipart('mixed', ['\nx\n--Bxyz\ny', text]),
  'nested alternative': multipart('mixed', [
    'Content-Type: multipart/alternative; boundary=C\n\n--C\n\none\n--C\nContent-Type: text/html\n\n<p>two\n--C--\n',
    text,
  ]),
  'outer boundary within nested': multipart('mixed', [
    'Content-Type: multipart/alternative; boundary=C\n\n--C\n\none',
    text,
  ]),
  'same boundary nested': multipart('mixed', ['Content-Type: multipart/mixed; boundary=B\n\n--B\n\none\n--B--', text]),
  digest: multipart('digest', [`\n${inner}`, `Content-Type: message/rfc822\n\n${inner}`, text]),
  'forwarded message': multipart('mixed', [
    text,
    `Content-Type: message/rfc822\nContent-Disposition: inline\n\n${inner}`,
  ]),
  'message alone': `From: a@b\nContent-Type: message/rfc822\n\n${inner}`,
  'message with parts': multipart('mixed', [
    `Content-Type: message/rfc822\n\n${multipart('alternative', [text, text]).replaceAll('B', 'C')}`,
    text,
  ]),
  'message in base64': multipart('mixed', [
    'Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nRnJvbTogYUBiDQoNCmhp',
  ]),
  'empty message': multipart('mixed', ['Content-Type: message/rfc822\n\n', text]),
  'delivery status': multipart('report; report-type=delivery-status', [
    text,
    'Content-Type: message/delivery-status\n\nReporting-MTA: dns; x\n\nAction: failed',
    `Content-Type: text/rfc822-headers\n\n${inner}`,
  ]),
  'partial and external': multipart('mixed', [
    'Content-Type: message/partial; id="x"; number=1; total=2\n\nFrom: a@b\n\nx',
    'Content-Type: message/external-body; access-type=url; url="http://x"\n\nContent-Type: image/gif\n\n',
  ]),
  encrypted: multipart('encrypted; protocol="application/pgp-encrypted"', [
    'Content-Type: application/pgp-encrypted\n\nVersion: 1',
    'Content-Type: application/octet-stream; name="encrypted.asc"\n' +
      'Content-Disposition: inline; filename="encrypted.asc"\n\n' +
      '-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----',
  ]),
  'RFC 2231': multipart('mixed', [
    "Content-Type: text/plain; name*0*=utf-8''%C3%A4; name*1*=%C3%B6; name*2=x\n" +
      "Content-Disposition: attachment; filename*=utf-8''%e2%82%ac.txt\n\nx",
  ]),
  'odd content types': multipart('mixed', [
    'Content-Type: TEXT/PLAIN; CHARSET=US-ASCII\n\nx',
    'Content-Type: text\n\nx',
    'Content-Type:\n\nx',
    'Content-Type: text/plain; charset\n\nx',
    'Content-Type: text/plain; charset="unclosed\n\nx',
    'Content-Type: application/x-y;;; a = b ; c="d;e"\n\nx',
    'Content-Type: /\n\nx',
    'Content-Type: a/b/c\n\nx',
  ]),
  'comments in types': multipart('mixed', [
    'Content-Type: text/plain (a comment); charset=us-ascii (another)\n\nx',
    'Content-Type: (first) text/html\n\nx',
  ]),
  'odd encodings': multipart('mixed', [
    'Content-Transfer-Encoding: BASE64\n\naGk=',
    'Content-Transfer-Encoding: Quoted-Printable (comment)\n\na=3D',
    'Content-Transfer-Encoding: nonsense\n\nx',
    'Content-Transfer-Encoding:\n\nx',
  ]),
  'odd dispositions': multipart('mixed', [
    'Content-Disposition:\n\nx',
    'Content-Disposition: ATTACHMENT; FileName=x\n\nx',
    'Content-Disposition: attachment; filename=a b.txt\n\nx',
    'Content-Disposition: ; filename=x\n\nx',
  ]),
  'odd languages': multipart('mixed', [
    'Content-Language: en\n\nx',
    'Content-Language: en, de ,fr\n\nx',
    'Content-Language:\n\nx',
    'Content-Language: en (comment)\n\nx',
  ]),
  uuencoded: 'From: a@b\nSubject: uu\n\nbegin 644 a.txt\n#:&D*\n`\nend\n',
  'blank first line in header': 'From: a@b\n \nSubject: s\n\nbody\n',
  'long lines': `From: a@b\nSubject: ${'x'.repeat(3000)}\n\n${'y'.repeat(3000)}\n`,
  'many addresses': `From: a@b\nTo: ${people(60).join(',\n ')}\n\nbody\n`,
  'header of a part is folded': multipart('mixed', ['Content-Type: text/plain;\n\tcharset=utf-8;\n name="x\n y"\n\nx']),
}

export function lettersOfCorpus(): Uint8Array[] {
  return Object.values(oddLetters).map(letter => Buffer.from(letter.replaceAll('\n', '\r\n'), 'latin1'))
}

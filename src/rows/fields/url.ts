const MAX_LENGTH = 8_000;
const SCHEME = /^https?:\/\//iu;
/** What the parser would take out or mend, so that something else would be kept than was given. */
const UNSEEN = /[\p{Cc}\s\\]/u;

/** Whether a text is the address of something on the web: absolute, `http` or `https`, as the URL standard reads it. */
export function isUrl(text: string): boolean {
  return text.length <= MAX_LENGTH && SCHEME.test(text) && !UNSEEN.test(text) && URL.canParse(text);
}

/** By character: 1 in a host name, 2 in what comes after it. */
const CLASSES = new Uint8Array(128);
for (const character of "/_~%?&=#+,:;@!$'()*") CLASSES[character.charCodeAt(0)] = 2;
for (const character of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.') {
  CLASSES[character.charCodeAt(0)] = 3;
}
const HTTP = Buffer.from('http');
const SLASH = 0x2f;
const DOT = 0x2e;

/** Whether bytes plainly are such an address: an ordinary host name, no port, nothing that would have to be escaped. */
export function isPlainUrl(bytes: Buffer, start: number, length: number): boolean {
  if (length > MAX_LENGTH) return false;
  const end = start + length;
  for (let at = 0; at < 4; at++) if (bytes[start + at] !== HTTP[at]) return false;
  let at = bytes[start + 4] === 0x73 ? start + 5 : start + 4;
  if (bytes[at] !== 0x3a || bytes[at + 1] !== SLASH || bytes[at + 2] !== SLASH) return false;
  at += 3;
  let label = at;
  for (; at < end; at++) {
    const code = bytes[at] ?? 0;
    if (code === SLASH) break;
    if (code > 127 || ((CLASSES[code] ?? 0) & 1) === 0) return false;
    // `xn--` begins labels that the standard decodes, and may refuse.
    if (code === 0x2d && bytes[at + 1] === 0x2d) return false;
    if (code === DOT) {
      if (at === label) return false;
      label = at + 1;
    }
  }
  // A last label that begins with a letter is no part of an address in numbers.
  if (at === label || (bytes[label] ?? 0) < 0x41) return false;
  for (; at < end; at++) if ((bytes[at] ?? 0) > 127 || ((CLASSES[bytes[at] ?? 0] ?? 0) & 2) === 0) return false;
  return true;
}

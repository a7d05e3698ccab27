const MAX_LENGTH = 254;
const MAX_LOCAL = 64;
const MAX_LABEL = 63;

const AT = 0x40;
const DOT = 0x2e;
const HYPHEN = 0x2d;

/** What a character may be in, of ASCII: bit 1 the part before the at sign (RFC 5322, atext), bit 2 a domain's label. */
const CLASSES = new Uint8Array(128);
for (const character of "!#$%&'*+/=?^_`{|}~-") CLASSES[character.charCodeAt(0)] = 1;
for (let code = 0; code < 128; code++) {
  if (/[A-Za-z0-9]/u.test(String.fromCharCode(code))) CLASSES[code] = 3;
}
CLASSES[HYPHEN] = 3;
const LOCAL = 1;
const LABEL = 2;

/** Letters, marks and digits of other scripts (RFC 6531), and nothing that cannot be seen. */
const FOREIGN = /^[\p{L}\p{M}\p{N}]$/u;

/**
 * Whether a text is the address of a mailbox on the internet: words with dots between them, an at sign, and a domain of
 * two labels or more. Bounded as RFC 5321 has it; of its rarer forms quoted names and addresses of hosts are left out,
 * letters of other scripts are taken. One look at each character.
 */
export function isEmail(text: string): boolean {
  if (text.length > MAX_LENGTH) return false;
  const at = text.lastIndexOf('@');
  if (at < 1 || at > MAX_LOCAL) return false;
  return isDotted(text.slice(0, at), LOCAL) && isDomain(text.slice(at + 1));
}

function isDomain(text: string): boolean {
  const labels = text.split('.');
  const last = labels.at(-1) ?? '';
  if (labels.length < 2 || last.length < 2 || /^\d+$/u.test(last)) return false;
  return (
    isDotted(text, LABEL) &&
    labels.every((label) => label.length <= MAX_LABEL && !label.startsWith('-') && !label.endsWith('-'))
  );
}

/** Words of such characters, none of them empty. */
function isDotted(text: string, kind: number): boolean {
  let before = '.';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code === DOT) {
      if (before === '.') return false;
    } else if (code < 128 ? ((CLASSES[code] ?? 0) & kind) === 0 : !FOREIGN.test(character)) {
      return false;
    }
    before = character;
  }
  return before !== '.';
}

/** Whether bytes plainly are an address, all of ASCII; false says nothing. */
export function isPlainEmail(bytes: Buffer, start: number, length: number): boolean {
  if (length > MAX_LENGTH) return false;
  const end = start + length;
  let kind = LOCAL;
  let dots = 0;
  let before = DOT;
  let label = start;
  for (let at = start; at < end; at++) {
    const code = bytes[at] ?? 0;
    if (code === DOT) {
      if (before === DOT) return false;
      if (kind === LABEL) {
        if (before === HYPHEN || at - label > MAX_LABEL) return false;
        label = at + 1;
        dots++;
      }
    } else if (code === AT) {
      if (kind === LABEL || before === DOT || at - start > MAX_LOCAL) return false;
      kind = LABEL;
      label = at + 1;
      before = DOT;
      continue;
    } else if (code > 127 || ((CLASSES[code] ?? 0) & kind) === 0) {
      return false;
    } else if (code === HYPHEN && kind === LABEL && before === DOT) {
      return false;
    }
    before = code;
  }
  // A top level that begins with a letter is no number.
  return dots > 0 && before !== HYPHEN && end - label >= 2 && end - label <= MAX_LABEL && (bytes[label] ?? 0) > 0x40;
}

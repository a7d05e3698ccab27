const LEAST_DIGITS = 7;
/** ITU-T E.164. */
const MOST_DIGITS = 15;
const MAX_LENGTH = 40;

/** A plus, groups of digits with what people put between them, and an extension. */
const PHONE = /^\+?[0-9()./\u00a0\u2010-\u2013 -]+(?: ?(?:ext\.?|x|#) ?[0-9]{1,6})?$/iu;
/** What a spreadsheet makes of a number that was a text: `6.28123E+11`, `81234567890.0`. */
const SPOILT = /^\+?\d+(?:[.,]\d+)?e\+?\d+$|^\d+[.,]0$/iu;

/** Whether a text is a telephone number, however it is written: 7 to 15 digits. */
export function isPhone(text: string): boolean {
  if (text.length > MAX_LENGTH || !PHONE.test(text) || SPOILT.test(text)) return false;
  const digits = text.replace(/ ?(?:ext\.?|x|#).*$/iu, '').replaceAll(/[^0-9]/gu, '').length;
  return digits >= LEAST_DIGITS && digits <= MOST_DIGITS;
}

/** Whether a spreadsheet has spoilt the number, so that its digits are lost. */
export function isSpoiltPhone(text: string): boolean {
  return text.length <= MAX_LENGTH && SPOILT.test(text);
}

/** Characters that people put between the digits. */
const BETWEEN = new Uint8Array(128);
for (const character of '()./ -') BETWEEN[character.charCodeAt(0)] = 1;

/** Whether bytes plainly are a number: digits with what people put between them, perhaps a plus before. */
export function isPlainPhone(bytes: Buffer, start: number, length: number): boolean {
  if (length > MAX_LENGTH) return false;
  const end = start + length;
  // A blank at an end does not belong to the number, and what ends in `.0` may have been spoilt.
  if (bytes[start] === 0x20 || bytes[end - 1] === 0x20) return false;
  if (bytes[end - 1] === 0x30 && bytes[end - 2] === 0x2e) return false;
  let digits = 0;
  for (let at = bytes[start] === 0x2b ? start + 1 : start; at < end; at++) {
    const code = bytes[at] ?? 0;
    if (code >= 0x30 && code <= 0x39) digits++;
    else if (code > 127 || BETWEEN[code] === 0) return false;
  }
  return digits >= LEAST_DIGITS && digits <= MOST_DIGITS;
}

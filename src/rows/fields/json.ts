const MAX_DEPTH = 64;
/** PostgreSQL keeps a number of JSON with all its digits, and a few characters must not become very many. */
const MAX_EXPONENT_DIGITS = 4;

/** What keeps a text from being a JSON value, as the end of a sentence; null when it is one. */
export function jsonFault(text: string): string | null {
  if (isTooDeep(text)) return `must not be nested deeper than ${MAX_DEPTH} levels.`;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return 'must be valid JSON.';
  }
  // An escape is how an unstorable character gets past a check of the bytes.
  if (text.includes('\\u') && holdsUnstorable(value)) return 'contains a character that cannot be stored.';
  return holdsHugeNumber(text) ? 'contains a number that is too large.' : null;
}

/** Brackets are counted before anything is parsed; those in strings do not count. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if (code === 0x5b || code === 0x7b) depth++;
    else if (code === 0x5d || code === 0x7d) depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Where the string that begins here ends. */
function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
  return at;
}

function holdsHugeNumber(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) at = endOfString(text, at);
    else if ((code | 0x20) === 0x65 && /^[-+]?\d/u.test(text.slice(at + 1, at + 3))) {
      const exponent = /^[-+]?0*(\d*)/u.exec(text.slice(at + 1, at + 64))?.[1] ?? '';
      if (exponent.length > MAX_EXPONENT_DIGITS) return true;
    }
  }
  return false;
}

/** Whether a text anywhere in the value has a null character or half of a surrogate pair; its depth is bounded by now. */
function holdsUnstorable(value: unknown): boolean {
  if (typeof value === 'string') return value.includes('\0') || !value.isWellFormed();
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsUnstorable);
  return Object.entries(value).some(([key, part]) => holdsUnstorable(key) || holdsUnstorable(part));
}

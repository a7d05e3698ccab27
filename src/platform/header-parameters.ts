/** A header such as `attachment; filename="a.csv"`: what stands first, in lower case, and its parameters by name. */
export interface ParameterHeader {
  readonly value: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(
  `;[ \\t]*(${TOKEN})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s"]*))[ \\t]*(?=;|$)`,
  'uy',
);
const EXTENDED = /^(utf-8|iso-8859-1)'[^']*'(.*)$/isu;
const MOST = 32;

/**
 * Reads the header's value, as Node gives it: each byte a character. What is UTF-8 is read as such, and of `filename*`
 * and `filename` the first is told, which can say more. It takes no more than a few parameters and never fails: what
 * cannot be read, and what follows it, is left out.
 */
export function parseParameters(header: string): ParameterHeader {
  const end = header.indexOf(';');
  const value = (end === -1 ? header : header.slice(0, end)).trim().toLowerCase();
  const plain = new Map<string, string>();
  const extended = new Map<string, string>();
  PARAMETER.lastIndex = end === -1 ? header.length : end;
  for (let count = 0; count < MOST; count++) {
    const found = PARAMETER.exec(header);
    if (found === null) break;
    const [, name = '', quoted, bare = ''] = found;
    const key = name.toLowerCase();
    const text = utf8(quoted === undefined ? bare : quoted.replaceAll(/\\(["\\])/gu, '$1'));
    const decoded = key.endsWith('*') ? decodeExtended(text) : null;
    if (decoded !== null) extended.set(key.slice(0, -1), decoded);
    else if (!plain.has(key)) plain.set(key, text);
  }
  return { value, parameters: new Map([...plain, ...extended]) };
}

/** RFC 8187: `UTF-8''na%C3%AFve`. */
function decodeExtended(text: string): string | null {
  const [, charset = '', encoded = ''] = EXTENDED.exec(text) ?? [];
  if (charset === '') return null;
  const bytes = Buffer.from(unescaped(encoded), 'latin1');
  return bytes.toString(charset.toLowerCase() === 'utf-8' ? 'utf8' : 'latin1');
}

function unescaped(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/giu, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The characters that these bytes are in UTF-8; they themselves when they are none. */
function utf8(text: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(text, 'latin1'));
  } catch {
    return text;
  }
}

import { hash } from 'node:crypto';

const SPECIAL = /[\\\t\n\r]/;
const ALL_SPECIAL = /[\\\t\n\r]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** One value of a line in the text format of PostgreSQL's COPY (documentation of COPY, "Text Format"). */
export function copyValue(value: string | null): string {
  if (value === null) return '\\N';
  return SPECIAL.test(value) ? value.replaceAll(ALL_SPECIAL, (character) => ESCAPES[character] ?? character) : value;
}

/** Values as one COPY line without its line end. */
export function copyLine(values: readonly (string | null)[]): string {
  let line = '';
  for (let index = 0; index < values.length; index++) {
    const value = values[index];
    if (index > 0) line += '\t';
    line += value === undefined ? '\\N' : copyValue(value);
  }
  return line;
}

const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** The values of a line that `copyLine` made. */
export function copyLineValues(line: string): (string | null)[] {
  return line.split('\t').map((text) => {
    if (text === '\\N') return null;
    if (!text.includes('\\')) return text;
    return text.replaceAll(/\\(.)/g, (_escape, letter: string) => UNESCAPED[letter] ?? letter);
  });
}

/**
 * The hash of a row: SHA-256, in hex, of its field values as one COPY line in the order of the target's fields. It says
 * whether a source row has changed since it was imported, and whether the target row still is what was written.
 */
export function rowHash(line: string): string {
  return hash('sha256', line, 'hex');
}

import { hash } from 'node:crypto';
import { CopyText } from './copy-text.ts';

const scratch = new CopyText();

/** Values as one COPY line without its line end, in UTF-8. */
export function copyLine(values: readonly (string | null)[]): Buffer {
  return scratch.line(values).copy();
}

const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

/** The values of a line that `copyLine` made. */
export function copyLineValues(line: Buffer): (string | null)[] {
  return line
    .toString('utf8')
    .split('\t')
    .map((text) => {
      if (text === '\\N') return null;
      if (!text.includes('\\')) return text;
      return text.replaceAll(/\\(.)/g, (_escape, letter: string) => UNESCAPED[letter] ?? letter);
    });
}

/**
 * The hash of a row: SHA-256, in hex, of its field values as one COPY line in the order of the target's fields. It says
 * whether a source row has changed since it was imported, and whether the target row still is what was written.
 */
export function rowHash(line: Buffer): string {
  return hash('sha256', line, 'hex');
}

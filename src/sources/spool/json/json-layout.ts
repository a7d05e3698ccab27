import { DEFAULT_LIMITS } from '../limits.ts';
import { refuseFile } from '../refusal.ts';
import { parseRow } from './parse-row.ts';
import type { JsonLayout } from './split-values.ts';

/** How much of a file's start is looked at. */
export const LAYOUT_BYTES = 64 * 1024;

/**
 * How the rows of a JSON file lie in it, by its start: `[` begins an array; else rows are lines, unless the first line
 * is the beginning of an object that goes on over several.
 */
export function jsonLayout(start: Buffer): JsonLayout {
  const text = start.toString('utf8').trimStart();
  if (text === '') throw refuseFile('no_table', 'The file is empty.');
  if (text.startsWith('[')) return 'array';
  const lineEnd = text.indexOf('\n');
  if (!text.startsWith('{') || lineEnd < 0) return 'lines';
  const line = text.slice(0, lineEnd).trimEnd();
  return /[[{,:]$/.test(line) && !isRow(line) ? 'sequence' : 'lines';
}

function isRow(line: string): boolean {
  try {
    parseRow(line, DEFAULT_LIMITS.depth);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

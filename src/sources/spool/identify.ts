import type { AppError } from '../../domain/errors.ts';
import { refuseFile } from './refusal.ts';

/** What a file is by its first bytes; `text` is everything that is none of the others. */
export type FileKind =
  | 'zip'
  | 'gzip'
  | 'compound'
  | 'pdf'
  | 'html'
  | 'xml'
  | 'rtf'
  | 'bzip2'
  | 'xz'
  | 'zstd'
  | '7z'
  | 'rar'
  | 'parquet'
  | 'sqlite'
  | 'json'
  | 'empty'
  | 'text';

/** How many bytes `identifyFile` looks at. */
export const IDENTIFY_BYTES = 512;

const SIGNATURES: readonly (readonly [string, FileKind])[] = [
  ['504b0304', 'zip'],
  ['504b0506', 'zip'],
  ['1f8b', 'gzip'],
  ['d0cf11e0a1b11ae1', 'compound'],
  ['255044462d', 'pdf'],
  ['7b5c727466', 'rtf'],
  ['425a68', 'bzip2'],
  ['fd377a585a00', 'xz'],
  ['28b52ffd', 'zstd'],
  ['377abcaf271c', '7z'],
  ['526172211a07', 'rar'],
  ['50415231', 'parquet'],
  ['53514c69746520666f726d6174203300', 'sqlite'],
];

/** An array of objects, arrays or texts, or an object: hardly what a CSV begins with. */
const JSON_START = /^(?:\[\s*[[\]{"]|\{\s*["}])/;

const ARCHIVES: ReadonlySet<FileKind> = new Set(['zip', 'gzip', 'bzip2', 'xz', 'zstd', '7z', 'rar']);

/** Names of kinds in messages. */
export const KIND_NAMES: Readonly<Record<FileKind, string>> = {
  zip: 'a zip archive',
  gzip: 'a gzip file',
  compound: 'an old Office file (.xls, .doc) or a password-protected workbook',
  pdf: 'a PDF document',
  html: 'a web page (HTML)',
  xml: 'an XML file',
  rtf: 'an RTF document',
  bzip2: 'a bzip2 archive',
  xz: 'an xz archive',
  zstd: 'a Zstandard archive',
  '7z': 'a 7-Zip archive',
  rar: 'a RAR archive',
  parquet: 'a Parquet file',
  sqlite: 'a SQLite database',
  json: 'a JSON file',
  empty: 'an empty file',
  text: 'a text file',
};

/** Looks at the first bytes of a file, `IDENTIFY_BYTES` of them or all there are. */
export function identifyFile(start: Buffer): FileKind {
  if (start.length === 0) return 'empty';
  const hex = start.toString('hex', 0, 16);
  const signature = SIGNATURES.find(([bytes]) => hex.startsWith(bytes));
  if (signature && (signature[1] !== 'bzip2' || isBzip2(start))) return signature[1];
  const text = start
    .toString('latin1', 0, IDENTIFY_BYTES)
    .replace(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    // What UTF-16 has beside such characters.
    .replaceAll('\0', '')
    .trimStart()
    .toLowerCase();
  if (/^<(?:!doctype html|(?:html|head|table|meta)[\s>])/.test(text)) return 'html';
  if (text.startsWith('<?xml')) return 'xml';
  return JSON_START.test(text) ? 'json' : 'text';
}

/** Whether a file of this kind holds others, or is another one packed. */
export function isArchive(kind: FileKind): boolean {
  return ARCHIVES.has(kind);
}

/** The refusal of a file that is no table, saying what it is. */
export function refuseKind(kind: FileKind): AppError {
  if (kind === 'empty') return refuseFile('no_table', 'The file is empty.', { facts: { kind } });
  return refuseFile('other_format', `This is ${KIND_NAMES[kind]}, which is not read: save it as .xlsx, CSV or JSON.`, {
    facts: { kind },
  });
}

/** A CSV may well begin with `BZh`; a bzip2 file goes on with its level and its magic number. */
function isBzip2(start: Buffer): boolean {
  return /^BZh[1-9]1AY&SY/.test(start.toString('latin1', 0, 10));
}

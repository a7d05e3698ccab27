import { isUtf8 } from 'node:buffer';
import type { AppError } from '../../domain/errors.ts';
import type { CsvFormat } from '../csv/csv-format.ts';
import { refuseFile } from './refusal.ts';

/** Below this confidence a detected encoding is hardly better than a guess. */
export const LEAST_CONFIDENCE = 0.4;

/** Shares of control characters that no text has: of one whose bytes are no UTF-8, and of any. */
const CONTROLS_OF_TEXT = 0.02;
const CONTROLS_OF_UTF8 = 0.3;

/**
 * Why a file is not taken for a text although nobody said what it is: bytes that no text has, or an encoding that cannot
 * be told. Null for what may be read.
 * @param beginning of the file
 */
export function refuseUntold(
  beginning: Buffer,
  { encoding, confidence, bomBytes }: Pick<CsvFormat, 'encoding' | 'confidence' | 'bomBytes'>,
): AppError | null {
  const isWide = encoding.startsWith('utf-16');
  if (bomBytes === 0 && !isWide && isBinary(beginning)) {
    return refuseFile(
      'not_this_format',
      'This is no text but binary data: send CSV, .xlsx, JSON or one of these packed.',
    );
  }
  if (confidence >= LEAST_CONFIDENCE) return null;
  const message =
    `The encoding of the file cannot be told from what it holds (the likeliest, ${encoding}, to ` +
    `${Math.round(confidence * 100)} %): say which it is, or save the file as UTF-8.`;
  return refuseFile('unknown_encoding', message, { facts: { encoding, confidence } });
}

function isBinary(beginning: Buffer): boolean {
  let controls = 0;
  for (const byte of beginning) if (isControl(byte)) controls += 1;
  const most = isUtf8(withoutCut(beginning)) ? CONTROLS_OF_UTF8 : CONTROLS_OF_TEXT;
  return controls > Math.max(1, beginning.length * most);
}

/** What of ASCII's control characters texts do not have: all but tab, line ends, form feed and escape. */
function isControl(byte: number): boolean {
  return byte < 0x20 && (byte < 0x09 || byte > 0x0d) && byte !== 0x1b;
}

/** Without a last character that may be cut off. */
function withoutCut(bytes: Buffer): Buffer {
  let end = bytes.length;
  while (end > Math.max(0, bytes.length - 3) && (bytes[end - 1] ?? 0) >= 0x80) end--;
  return bytes.subarray(0, end);
}

import { isAscii } from 'node:buffer';
import type { ReadBytes } from './csv-format.ts';

/** What the format of a file is told by. */
export interface CsvSample {
  /** How the file begins, as far as whole lines go. */
  readonly bytes: Buffer;
  /** Whether that is all of it. */
  readonly whole: boolean;
  /** Lines behind it that have bytes beyond ASCII in them. */
  readonly beyond: Buffer;
  /** Whether all of the file has been searched for such lines, or enough of them were found. */
  readonly searched: boolean;
}

const HEAD_BYTES = 256 * 1024;
/** Bytes of lines beyond ASCII that are enough to tell an encoding by. */
export const BEYOND_BYTES = 48 * 1024;
const SEARCHED_BYTES = 256 * 1024 * 1024;
const LF = 0x0a;

/** A file that is at hand as a whole. */
export function wholeSample(bytes: Buffer): CsvSample {
  return { bytes, whole: true, beyond: Buffer.alloc(0), searched: true };
}

/**
 * Reads what a file's format is told by: its beginning, and further on lines beyond ASCII, since a name with an accent may
 * come late. It reads 256 MiB at the most.
 */
export async function takeSample(read: ReadBytes, signal?: AbortSignal): Promise<CsvSample> {
  let head = Buffer.alloc(0);
  const beyond: Buffer[] = [];
  let found = 0;
  let position = 0;
  let rest = Buffer.alloc(0);
  let searched = true;
  for await (const chunk of read({ start: 0, ...(signal && { signal }) })) {
    signal?.throwIfAborted();
    position += chunk.length;
    rest = Buffer.concat([rest, chunk]);
    if (head.length === 0) {
      if (rest.length <= HEAD_BYTES) continue;
      const end = rest.lastIndexOf(LF, HEAD_BYTES) + 1;
      head = rest.subarray(0, end === 0 ? HEAD_BYTES : end);
      rest = rest.subarray(head.length);
    }
    const end = rest.lastIndexOf(LF) + 1 || rest.length;
    for (const line of linesBeyondAscii(rest.subarray(0, end))) {
      beyond.push(line);
      found += line.length;
    }
    rest = rest.subarray(end);
    if (found >= BEYOND_BYTES || position >= SEARCHED_BYTES) {
      searched = found >= BEYOND_BYTES;
      rest = Buffer.alloc(0);
      break;
    }
  }
  if (head.length === 0) return wholeSample(rest);
  if (!isAscii(rest)) beyond.push(rest);
  return { bytes: head, whole: false, beyond: Buffer.concat(beyond), searched };
}

/** The lines of a text that have bytes beyond ASCII, each with its end. */
export function* linesBeyondAscii(bytes: Buffer): Generator<Buffer, void, undefined> {
  if (isAscii(bytes)) return;
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(LF, start);
    const line = bytes.subarray(start, end < 0 ? bytes.length : end + 1);
    if (!isAscii(line)) yield line;
    start += line.length;
  }
}

import type { ByteWindow } from './byte-window.ts';
import type { RecordScanner } from './record-scanner.ts';

/**
 * Scans the next records of a window, `maxRows` at the most and those alone that begin before the file's byte `until`,
 * which must not be behind. Gives the bytes it took, among which may be blank lines alone; null when there are no more.
 */
export async function scanWindow(
  window: ByteWindow,
  scanner: RecordScanner,
  maxRows: number,
  { until = Number.POSITIVE_INFINITY, signal }: { until?: number; signal?: AbortSignal | undefined } = {},
): Promise<Buffer | null> {
  for (;;) {
    signal?.throwIfAborted();
    const bytes = window.bytes.subarray(window.from);
    const length = window.to - window.from;
    scanner.scan(bytes, length, window.ended, maxRows, Math.min(length, until - window.position));
    if (scanner.next > 0) {
      window.from += scanner.next;
      return bytes.subarray(0, scanner.next);
    }
    if (window.ended) return null;
    await window.fill();
  }
}

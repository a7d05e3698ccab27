import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { SpoolLimits } from '../limits.ts';
import { refuseFile, tooLarge } from '../refusal.ts';
import { outOfProportion } from '../row-spool.ts';

/** Bytes in and out so far. */
export interface GunzipCount {
  packed: number;
  unpacked: number;
}

const CHUNK = 64 * 1024;

/** The unpacked bytes of a gzip stream with one or more members; counts as it goes and stops at the limits. */
export async function* gunzipped(
  input: AsyncIterable<Buffer>,
  count: GunzipCount,
  limits: SpoolLimits,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  const gunzip = createGunzip({ chunkSize: CHUNK });
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of input) {
      count.packed += chunk.length;
      yield chunk;
    }
  }
  // An error of the input or the signal destroys `gunzip`, whose iteration throws it; nothing is left to tell here.
  const fed = pipeline(counted, gunzip, { signal }).then(
    () => null,
    () => null,
  );
  try {
    for await (const chunk of gunzip as AsyncIterable<Buffer>) {
      count.unpacked += chunk.length;
      if (count.unpacked > limits.unpackedBytes) {
        throw tooLarge(`The gzip file unpacks to more than ${limits.unpackedBytes} bytes.`);
      }
      if (count.unpacked > limits.ratioFreeBytes && count.unpacked > count.packed * limits.ratio) {
        throw outOfProportion(count.unpacked, count.packed);
      }
      yield chunk;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : damagedGzip(error);
  } finally {
    gunzip.destroy();
    await fed;
  }
}

function damagedGzip(error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('Z_')) return error;
  const message =
    code === 'Z_BUF_ERROR' ? 'The gzip file is cut off.' : 'The gzip file is damaged and cannot be unpacked.';
  return refuseFile('damaged', message, { cause: error });
}

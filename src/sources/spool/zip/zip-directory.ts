import { fromFdPromise, getFileNameLowLevel } from 'yauzl';
import type { Entry, ZipFile } from 'yauzl';
import { AppError } from '../../../domain/errors.ts';
import type { SpoolLimits } from '../limits.ts';
import { refuseFile, shown, tooLarge } from '../refusal.ts';
import { outOfProportion } from '../row-spool.ts';

const LOCAL_HEADER_BYTES = 30;
/** Names, comments and extra fields of all entries together, which are held. */
const MAX_DIRECTORY_BYTES = 16 * 2 ** 20;

/** One file in a zip; its name is data and never becomes a path. */
export interface ZipEntry {
  readonly name: string;
  readonly folder: boolean;
  readonly packedBytes: number;
  /** What the directory says; held to while unpacking. */
  readonly unpackedBytes: number;
  readonly crc32: number;
  readonly raw: Entry;
}

export interface ZipDirectory {
  readonly zip: ZipFile;
  readonly entries: readonly ZipEntry[];
}

/**
 * Reads a zip's directory and refuses what no honest archive has: entries that overlap, sizes and ratios beyond the
 * limits, more entries than any. Nothing is unpacked.
 */
export async function readZipDirectory(fd: number, fileBytes: number, limits: SpoolLimits): Promise<ZipDirectory> {
  const zip = await orDamaged(fromFdPromise(fd, { decodeStrings: false, validateEntrySizes: true }));
  if (zip.entryCount > limits.entries) throw tooManyEntries(limits);
  const entries: ZipEntry[] = [];
  let held = 0;
  try {
    for await (const raw of zip.eachEntry()) {
      held += raw.fileNameLength + raw.extraFieldLength + raw.fileCommentLength;
      if (entries.length >= limits.entries || held > MAX_DIRECTORY_BYTES) throw tooManyEntries(limits);
      entries.push(entryOf(raw));
    }
  } catch (error) {
    throw damagedZip(error);
  }
  refuseOverlaps(entries, fileBytes);
  refuseSizes(entries, limits);
  return { zip, entries };
}

/** An AppError as it is; anything else is the zip's fault. */
export function damagedZip(error: unknown): unknown {
  if (error instanceof AppError) return error;
  return refuseFile('damaged', 'The zip archive is damaged or cut off and cannot be read.', { cause: error });
}

async function orDamaged<T>(promise: Promise<T>): Promise<T> {
  try {
    return await promise;
  } catch (error) {
    throw damagedZip(error);
  }
}

function entryOf(raw: Entry): ZipEntry {
  const name = getFileNameLowLevel(raw.generalPurposeBitFlag, raw.fileNameRaw, raw.extraFields, false);
  return {
    name,
    folder: name.endsWith('/'),
    packedBytes: raw.compressedSize,
    unpackedBytes: raw.uncompressedSize,
    crc32: raw.crc32,
    raw,
  };
}

/** Entries that share bytes are how a small zip says that it holds much (D. Fifield, "A better zip bomb", 2019). */
function refuseOverlaps(entries: readonly ZipEntry[], fileBytes: number): void {
  const order = entries.toSorted((a, b) => a.raw.relativeOffsetOfLocalHeader - b.raw.relativeOffsetOfLocalHeader);
  for (const [index, entry] of order.entries()) {
    const end =
      entry.raw.relativeOffsetOfLocalHeader + LOCAL_HEADER_BYTES + entry.raw.fileNameLength + entry.packedBytes;
    const next = order[index + 1]?.raw.relativeOffsetOfLocalHeader ?? fileBytes;
    if (end > next) {
      throw refuseFile(
        'suspicious',
        'The zip archive has entries that overlap: it is taken for a decompression bomb.',
        {
          facts: { entry: shown(entry.name) },
        },
      );
    }
  }
}

function refuseSizes(entries: readonly ZipEntry[], limits: SpoolLimits): void {
  let unpacked = 0;
  for (const entry of entries) {
    unpacked += entry.unpackedBytes;
    if (unpacked > limits.unpackedBytes) {
      throw tooLarge(`The zip archive unpacks to more than ${limits.unpackedBytes} bytes.`, {
        max_bytes: limits.unpackedBytes,
      });
    }
    if (entry.unpackedBytes > limits.ratioFreeBytes && entry.unpackedBytes > entry.packedBytes * limits.ratio) {
      throw outOfProportion(entry.unpackedBytes, entry.packedBytes);
    }
  }
}

function tooManyEntries(limits: SpoolLimits): AppError {
  return tooLarge(`The zip archive has more than ${limits.entries} entries, or very long names.`, {
    max_entries: limits.entries,
  });
}

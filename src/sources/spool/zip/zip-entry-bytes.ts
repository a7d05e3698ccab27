import { crc32 } from 'node:zlib';
import { refuseFile, shown } from '../refusal.ts';
import { damagedZip } from './zip-directory.ts';
import type { ZipDirectory, ZipEntry } from './zip-directory.ts';

/**
 * The unpacked bytes of one entry. No more of them come than the directory says (its sizes and ratios have been
 * checked), and at the end their number and CRC must be what it says.
 */
export async function* zipEntryBytes(directory: ZipDirectory, entry: ZipEntry): AsyncGenerator<Buffer> {
  refuseUnreadable(entry);
  let crc = 0;
  try {
    const stream = await directory.zip.openReadStreamPromise(entry.raw);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      crc = crc32(chunk, crc);
      yield chunk;
    }
  } catch (error) {
    throw damagedZip(error);
  }
  if (crc !== entry.crc32) {
    throw refuseFile('damaged', `The file ${shown(entry.name)} in the archive is damaged: its checksum does not fit.`);
  }
}

function refuseUnreadable(entry: ZipEntry): void {
  if (entry.raw.isEncrypted()) {
    throw refuseFile('encrypted', 'The zip archive is protected by a password: take the password off first.');
  }
  if (!entry.raw.canDecodeFileData()) {
    throw refuseFile(
      'other_format',
      `The zip archive is compressed by a method (${entry.raw.compressionMethod}) that cannot be read: use Deflate.`,
    );
  }
}

import { crc32, deflateRawSync } from 'node:zlib';

/** One entry of a zip that is made for a test; what is not said is what an honest archive has. */
export interface ZipPart {
  readonly name: string;
  readonly data: Buffer | string;
  /** Not deflated. */
  readonly stored?: boolean;
  /** Sizes and checksum follow the data, as when a zip is streamed. */
  readonly descriptor?: boolean;
  /** Sizes stand in the zip64 field. */
  readonly zip64?: boolean;
  /** What the directory claims instead of the truth. */
  readonly claims?: { readonly unpacked?: number; readonly crc?: number };
  readonly encrypted?: boolean;
  readonly method?: number;
}

/** A zip archive. `at` of an entry's directory record is where its local header is; `overlap` makes all say the first. */
export function zipFile(parts: readonly ZipPart[], options: { readonly overlap?: boolean } = {}): Buffer {
  const chunks: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const part of parts) {
    const data = Buffer.from(part.data);
    const packed = part.stored ? data : deflateRawSync(data);
    const name = Buffer.from(part.name);
    const flags = (part.encrypted ? 1 : 0) | (part.descriptor ? 8 : 0) | 0x800;
    const method = part.method ?? (part.stored ? 0 : 8);
    const crc = part.claims?.crc ?? crc32(data);
    const unpacked = part.claims?.unpacked ?? data.length;
    const sizes = { crc, packed: packed.length, unpacked };
    const local = header(0x04034b50, 30, flags, method, part.descriptor ? { crc: 0, packed: 0, unpacked: 0 } : sizes);
    local.writeUInt16LE(name.length, 26);
    const offset = options.overlap ? 0 : at;
    if (!options.overlap || at === 0) {
      const trailer = part.descriptor ? descriptor(sizes) : Buffer.alloc(0);
      const written = Buffer.concat([local, name, packed, trailer]);
      chunks.push(written);
      at += written.length;
    }
    directory.push(record(name, flags, method, sizes, offset, part.zip64 ?? false));
  }
  const records = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(records.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...chunks, records, end]);
}

interface Sizes {
  readonly crc: number;
  readonly packed: number;
  readonly unpacked: number;
}

function header(signature: number, length: number, flags: number, method: number, sizes: Sizes): Buffer {
  const bytes = Buffer.alloc(length);
  const at = length === 30 ? 4 : 6;
  bytes.writeUInt32LE(signature, 0);
  bytes.writeUInt16LE(45, at);
  bytes.writeUInt16LE(flags, at + 2);
  bytes.writeUInt16LE(method, at + 4);
  bytes.writeUInt32LE(sizes.crc, at + 10);
  bytes.writeUInt32LE(sizes.packed, at + 14);
  bytes.writeUInt32LE(sizes.unpacked, at + 18);
  return bytes;
}

function record(name: Buffer, flags: number, method: number, sizes: Sizes, offset: number, zip64: boolean): Buffer {
  const full = 0xffffffff;
  const bytes = header(0x02014b50, 46, flags, method, zip64 ? { ...sizes, packed: full, unpacked: full } : sizes);
  bytes.writeUInt16LE(45, 4);
  bytes.writeUInt16LE(name.length, 28);
  bytes.writeUInt32LE(zip64 ? full : offset, 42);
  if (!zip64) return Buffer.concat([bytes, name]);
  const extra = Buffer.alloc(28);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(24, 2);
  extra.writeBigUInt64LE(BigInt(sizes.unpacked), 4);
  extra.writeBigUInt64LE(BigInt(sizes.packed), 12);
  extra.writeBigUInt64LE(BigInt(offset), 20);
  bytes.writeUInt16LE(extra.length, 30);
  return Buffer.concat([bytes, name, extra]);
}

function descriptor(sizes: Sizes): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32LE(0x08074b50, 0);
  bytes.writeUInt32LE(sizes.crc, 4);
  bytes.writeUInt32LE(sizes.packed, 8);
  bytes.writeUInt32LE(sizes.unpacked, 12);
  return bytes;
}

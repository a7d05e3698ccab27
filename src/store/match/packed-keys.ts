import type { ByteWriter } from '../../rows/byte-writer.ts';

/** Bytes of a key. */
export const KEY_BYTES = 8;

/** Writes keys as a value of a binary COPY: side by side, each as eight bytes in network order. */
export function writeKeys(writer: ByteWriter, keys: readonly number[]): void {
  writer.int32(keys.length * KEY_BYTES);
  for (const key of keys) writer.int64(key);
}

/** The same as bytes of their own. */
export function packKeys(keys: readonly number[]): Buffer {
  const packed = Buffer.allocUnsafe(keys.length * KEY_BYTES);
  keys.forEach((key, at) => packed.writeBigInt64BE(BigInt(key), at * KEY_BYTES));
  return packed;
}

/** Keys that lie in bytes from a place on up to another. */
export function unpackKeys(bytes: Buffer, start: number = 0, end: number = bytes.length): number[] {
  const keys: number[] = [];
  for (let at = start; at < end; at += KEY_BYTES) keys.push(keyAt(bytes, at));
  return keys;
}

/** The key that begins at a place. */
export function keyAt(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}

import { ByteWriter } from '../../rows/byte-writer.ts';

export const BYTEA_OID = 17;
export const TEXT_OID = 25;
export const UUID_OID = 2950;

/** An array in PostgreSQL's binary format (arrayfuncs.c, `array_recv`); as a text it is three times as much work. */
export function binaryArray<T>(
  type: number,
  items: readonly T[],
  write: (item: T, writer: ByteWriter) => void,
): Buffer {
  const writer = new ByteWriter();
  writer.int32(1).int32(0).int32(type).int32(items.length).int32(1);
  for (const item of items) write(item, writer);
  return writer.take();
}

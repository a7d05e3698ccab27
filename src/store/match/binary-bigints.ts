import type { ByteWriter } from '../../rows/byte-writer.ts';

/** The type `bigint` in `pg_type`. */
const BIGINT = 20;

/** Writes whole numbers as a value of `bigint[]` in PostgreSQL's binary format (arrayfuncs.c, `array_recv`). */
export function writeBigints(writer: ByteWriter, numbers: readonly number[]): void {
  if (numbers.length === 0) {
    writer.int32(12).int32(0).int32(0).int32(BIGINT);
    return;
  }
  writer.int32(20 + numbers.length * 12);
  writer.int32(1).int32(0).int32(BIGINT).int32(numbers.length).int32(1);
  for (const number of numbers) writer.int32(8).int64(number);
}

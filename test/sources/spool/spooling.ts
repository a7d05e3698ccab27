import { tmpdir } from 'node:os';
import { parse } from 'csv-parse/sync';
import { AppError } from '../../../src/domain/errors.ts';
import { readCellIssues } from '../../../src/sources/spool/spooled.ts';
import type { CellIssue, Spooled } from '../../../src/sources/spool/spooled.ts';

export const SPOOL_OPTIONS = { signal: new AbortController().signal, scratchFolder: tmpdir() };

/** Bytes as a stream, in chunks of a size that cuts characters and tokens apart. */
export async function* chunksOf(bytes: Buffer | string, size = 7): AsyncGenerator<Buffer> {
  const buffer = Buffer.from(bytes);
  for (let at = 0; at < buffer.length; at += size) yield buffer.subarray(at, at + size);
}

export async function allOf(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export interface TableRead<Report> {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** By the index of their row. */
  readonly issues: Readonly<Record<number, readonly CellIssue[]>>;
  readonly report: Report;
}

/** Reads a table file by the independent csv-parse, which takes ragged rows for an error, and gives its room back. */
export async function readTable<Report>(promise: Promise<Spooled<Report>>): Promise<TableRead<Report>> {
  await using spooled = await promise;
  const lines = parse(await allOf(spooled.table)) as string[][];
  const [header = [], ...rows] = lines;
  const found: Record<number, readonly CellIssue[]> = {};
  for (const [index, row] of rows.entries()) {
    const text = row.at(-1);
    if (text) found[index] = readCellIssues(text);
  }
  return {
    columns: header.slice(0, -1),
    rows: rows.map((row) => row.slice(0, -1)),
    issues: found,
    report: spooled.report(),
  };
}

/** What a refusal says: its code, reason and message; anything else that is thrown, or nothing, is an error. */
export async function refusal(promise: Promise<unknown>): Promise<{ code: string; reason: unknown; message: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof AppError) {
      return { code: error.code, reason: error.details['reason'], message: error.message };
    }
    throw error;
  }
  throw new Error('it was taken');
}

import assert from 'node:assert/strict';
import { listed } from '../universal/universal-app.ts';
import type { Caller, Json } from '../universal/universal-app.ts';

/** Uuids as document 002 prints them: their version digits are not RFC's. */
export const UUIDS = ['c3d4e5f6-a7b8-9012-cdef-123456789012', 'c3d4e5f6-a7b8-9012-cdef-123456789013'] as const;

/** Asks for what is done: the directory answers 200, the other languages 201 and 202, too. */
export async function ok(caller: Caller, method: string, path: string, body?: unknown): Promise<Json> {
  const answer = await caller.askAt(method, path, body);
  const done = path.startsWith('/api/') ? [200, 201, 202] : [200];
  assert.ok(done.includes(answer.status), JSON.stringify({ path, status: answer.status, body: answer.body }));
  return answer.body;
}

/** The contacts of a caller's tenant by uuid, with some of their columns. */
export async function contacts(caller: Caller, ...columns: string[]): Promise<Record<string, unknown>[]> {
  const { data } = await ok(caller, 'POST', '/contacts/', {
    order_by: [{ order_by: 'uuid' }],
    select_columns: columns,
    limit: 100,
  });
  return listed(data).map((row) => picked(row, columns));
}

/** Some columns of a row of the directory. */
export function picked(row: Json, columns: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(columns.map((column) => [column, row[column]]));
}

import assert from 'node:assert/strict';
import { said } from './universal-app.ts';
import type { Caller, UniversalApp } from './universal-app.ts';

/** A profile as document 000 prints it. */
export const EXAMPLE = {
  name: 'Production Database',
  database_type: 'postgresql',
  host: 'database.example.com',
  port: 5432,
  database: 'production_db',
  username: 'db_user',
  password: 'secure_password',
  ssl_mode: 'prefer',
  description: 'Production database import connection',
  notes: 'Main production system',
};

/** That profile with changes, made by a caller; its id. */
export async function makeProfile(caller: Caller, changes: object = {}): Promise<string> {
  const { status, body } = await caller.ask('POST', '/profiles', { ...EXAMPLE, ...changes });
  assert.equal(status, 201, JSON.stringify(body));
  return said(body['profile']?.['id']);
}

/** Of whatever was asked so far, no log line, event or audit entry holds a password of these tests. */
export async function assertNoPasswords({ app }: UniversalApp): Promise<void> {
  assert.ok(app.lines.length > 0);
  assert.doesNotMatch(JSON.stringify(app.lines), /CANARY|secure_password/u);
  const rows: { text: string }[] = await app.orm.em
    .fork()
    .execute(`select "data"::text as "text" from "import_events" union all select "data"::text from "audit_entries"`);
  assert.doesNotMatch(JSON.stringify(rows), /CANARY|secure_password/u);
}

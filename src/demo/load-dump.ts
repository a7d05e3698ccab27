import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DumpError, readDump } from './dump-reader.ts';

/** What came of a dump. */
export interface LoadedDump {
  readonly statements: number;
  readonly rows: number;
  /** What was left out and why, each once. */
  readonly notes: readonly string[];
}

/** What a copy of somebody's database can do without: who owned it, who might see it, how it was replicated. */
const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [/^alter\s[^]*\sowner\s+to\s[^;]*;$/i, 'owners'],
  [/^(grant|revoke|alter\s+default\s+privileges|security\s+label|reassign)\s/i, 'privileges'],
  [/^(create|alter|drop|comment\s+on)\s+(database|role|tablespace|user(?!\s+mapping))\s/i, 'databases and roles'],
  [/^(create|alter|drop|comment\s+on)\s+(publication|subscription)\s/i, 'replication'],
  [/^(create|alter|drop|comment\s+on)\s+event\s+trigger\s/i, 'event triggers'],
  [/^comment\s+on\s+extension\s/i, 'comments on extensions'],
  [/^create\s+schema\s+"?public"?\s*;$/i, 'the schema public, which is there'],
];

const CLIENT_ENCODING = /^set\s+client_encoding\s*(?:=|to)\s*'?([\w-]+)/i;
const UNICODE = /^(utf-?8|unicode|sql_ascii)$/i;
const EXTENSION = /^create\s+extension\s/i;
/** Harmless commands of psql that pg_dump writes into a dump. */
const COMMANDS: ReadonlySet<string> = new Set(['restrict', 'unrestrict', 'connect', 'c']);

const GZIP = '1f8b';
const CUSTOM_FORMAT = 'PGDMP';

/** The bytes of a dump file, unpacked when it is packed. */
async function openDump(path: string): Promise<Readable> {
  const file = await open(path);
  const start = Buffer.alloc(5);
  try {
    await file.read(start, 0, start.length, 0);
  } finally {
    await file.close();
  }
  if (start.toString('latin1') === CUSTOM_FORMAT) {
    throw new DumpError(`${path} has pg_dump's custom format; make a plain one: pg_restore -f FILE.sql ${path}`);
  }
  const bytes = createReadStream(path);
  if (start.toString('hex', 0, 2) !== GZIP) return bytes;
  const unpacked = createGunzip();
  // Errors of the file reach the reader through the stream he reads; the pipeline passes them on.
  pipeline(bytes, unpacked).catch((error: unknown) => unpacked.destroy(error instanceof Error ? error : undefined));
  return unpacked;
}

function firstLine(sql: string): string {
  const line = sql.slice(0, 100).split('\n', 1)[0] ?? '';
  return line.length < sql.length ? `${line} …` : line;
}

function failure(error: unknown, sql: string): DumpError {
  const reason = error instanceof Error ? error.message : String(error);
  return new DumpError(`The dump cannot be loaded: ${reason} (in: ${firstLine(sql)})`, { cause: error });
}

/** Runs a statement unless it is one to leave out; answers with what to note about it. */
async function run(client: pg.Client, sql: string): Promise<string | null> {
  const encoding = CLIENT_ENCODING.exec(sql)?.[1];
  if (encoding !== undefined && !UNICODE.test(encoding)) {
    throw new DumpError(`The dump is in ${encoding}; make one with pg_dump --encoding=UTF8.`);
  }
  const reason = LEFT_OUT.find(([pattern]) => pattern.test(sql))?.[1];
  if (reason !== undefined) return `left out: ${reason}`;
  try {
    await client.query(sql);
    return null;
  } catch (error) {
    if (!EXTENSION.test(sql)) throw failure(error, sql);
    return `not available: ${firstLine(sql)}`;
  }
}

/**
 * Runs a plain-text dump (pg_dump of PostgreSQL 12 to 18, gzipped or not) in the empty database a client is connected
 * to, with the rights of that client, in constant memory and without psql. Owners, privileges, roles and replication
 * are left out; psql's commands in it are never obeyed. Throws `DumpError` with a full sentence when it is not a dump,
 * ends too early or does not fit; what was loaded by then stays.
 */
export async function loadDump(client: pg.Client, path: string, signal?: AbortSignal): Promise<LoadedDump> {
  const notes = new Set<string>();
  let statements = 0;
  let rows = 0;
  // Each statement is a transaction of its own; nobody needs a half-loaded copy to survive a crash.
  await client.query('set synchronous_commit = off');
  for await (const part of readDump(await openDump(path))) {
    signal?.throwIfAborted();
    if (part.kind === 'command') {
      if (!COMMANDS.has(part.name))
        throw new DumpError(`The dump holds psql's command \\${part.name}, which is not run.`);
    } else if (part.kind === 'statement') {
      statements++;
      const note = await run(client, part.sql);
      if (note !== null) notes.add(note);
    } else {
      const into = client.query(copyFrom(part.sql));
      await pipeline(Readable.from(part.rows), into, { signal }).catch((error: unknown) => {
        throw error instanceof DumpError ? error : failure(error, part.sql);
      });
      rows += into.rowCount;
    }
  }
  if (statements === 0) throw new DumpError(`${path} holds no statement.`);
  return { statements, rows, notes: [...notes].toSorted() };
}

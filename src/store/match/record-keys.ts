import type { PoolClient } from 'pg';
import { isOwn } from '../../domain/target.ts';
import type { Candidate } from '../../rows/candidate.ts';
import type { Keyer } from '../../rows/match/keyer.ts';
import { rowKeyOf } from '../../rows/row-key.ts';
import { writeUuid } from '../commit/binary-values.ts';
import { copyInto } from '../commit/copy.ts';
import { qualified } from '../identifier.ts';
import { runOn } from '../own/links.ts';
import type { RunSql } from '../own/links.ts';
import { recordsSql } from '../records-sql.ts';
import { INDEX_LOCK_CLASS } from './match-index.ts';
import { unpackKeys, writeKeys } from './packed-keys.ts';
import { arrayOf, copyKeys, insertKeys, removeKeys } from './stored-keys.ts';
import type { AddedKey, KeyedContent } from './stored-keys.ts';
import { clipped, contentHashSql, contentSql } from './target-content.ts';
import type { MatchTarget } from './target-content.ts';

/** The keys of a target's records, and what makes them. */
export interface KeptIndex {
  readonly id: number;
  readonly target: MatchTarget;
  readonly keyer: Keyer;
  /** Keys of rows that were made before, by their row keys. */
  readonly keys?: ReadonlyMap<string, readonly number[]>;
}

/** Where keys are written: many at once, or few by whatever session the caller has. */
interface KeySession {
  readonly run: RunSql;
  readonly add: (indexId: number, records: readonly KeyedContent[], keys: readonly AddedKey[]) => Promise<void>;
}

/**
 * Makes the keys of records what the records say now, and takes those of records that are gone away: whoever wrote,
 * edited or removed them. Nobody else writes keys of the index until the transaction ends; so this is best done last in
 * a transaction that has others waiting.
 */
export async function keepKeys(client: PoolClient, index: KeptIndex, ids: readonly string[]): Promise<void> {
  await keep({ run: runOn(client), add: (...added) => copyKeys(client, ...added) }, index, ids);
}

/** The same of one record, on any session. */
export async function keepKeysOfOne(run: RunSql, index: KeptIndex, id: string): Promise<void> {
  await keep({ run, add: (...added) => insertKeys(run, ...added) }, index, [id]);
}

/** A record as it was last written, and a row that had its part in it. */
export interface WrittenRecord {
  readonly id: string;
  /** Of the target's fields. */
  readonly values: readonly (string | null)[];
  readonly row: Pick<Candidate, 'hash' | 'values'>;
}

/**
 * The same of records that the transaction has written itself, the newest last: they are read back only where a trigger of
 * their table, or whoever owns it, may have had his say.
 */
export async function keepKeysOf(
  client: PoolClient,
  index: KeptIndex,
  written: readonly WrittenRecord[],
): Promise<void> {
  if (written.length === 0) return;
  const byId = new Map(written.map((record) => [record.id, record]));
  const { spec } = index.target;
  const run = runOn(client);
  const known = isOwn(spec) || (await hasTriggers(client, spec)) ? undefined : byId;
  if (known && (await holdIndex(run, index.id)) === NOTHING_LOOKED_UP) return replaceKeys(client, index, known);
  await keep({ run, add: (...added) => copyKeys(client, ...added) }, index, [...byId.keys()], known);
}

/** Puts keys in the place of those that records had, where none can be looked up one by one. */
async function replaceKeys(
  client: PoolClient,
  index: KeptIndex,
  written: ReadonlyMap<string, WrittenRecord>,
): Promise<void> {
  const { from, id, found } = recordsSql(index.target.spec);
  await client.query(`create temporary table if not exists "match_keys" ("record_id" uuid, "keys" bytea) on commit delete rows;
    truncate "pg_temp"."match_keys"`);
  await copyInto(client, { into: '"pg_temp"."match_keys"', columns: 2 }, [...written.values()], (record, writer) => {
    writeUuid(writer, record.id);
    writeKeys(writer, keysOfWritten(index, record));
  });
  await client.query(
    `insert into "import_match_records" as "r" ("index_id", "record_id", "content_hash", "keys")
     select $1::integer, "w"."record_id", "t"."hash", "w"."keys"
     from "pg_temp"."match_keys" as "w" cross join lateral (
       select ${contentHashSql(index.target, 't')} as "hash"
       from ${from} where ${id} = "w"."record_id" and ${found('$2')} offset 0
     ) as "t"
     on conflict ("index_id", "record_id") do update set "content_hash" = excluded."content_hash", "keys" = excluded."keys"
       where "r"."content_hash" <> excluded."content_hash"`,
    [index.id, index.target.tenantId],
  );
}

async function hasTriggers(client: PoolClient, { schema, table }: MatchTarget['spec']): Promise<boolean> {
  const { rows } = await client.query<{ some: boolean }>(
    `select exists (select from pg_trigger where tgrelid = $1::regclass and not tgisinternal) as "some"`,
    [qualified(schema, table)],
  );
  return rows[0]?.some === true;
}

async function keep(
  { run, add }: KeySession,
  index: KeptIndex,
  ids: readonly string[],
  written?: ReadonlyMap<string, WrittenRecord>,
): Promise<void> {
  if (ids.length === 0) return;
  const { id: indexId, target, keyer } = index;
  const upTo = await holdIndex(run, indexId);
  const changed = await changedRecords(run, target, indexId, ids, written === undefined);
  if (changed.length === 0) return;
  const there: KeyedContent[] = [];
  const added: AddedKey[] = [];
  const gone: AddedKey[] = [];
  for (const { id, hash, content, known } of changed) {
    const record = written?.get(id);
    const keys = hash === null ? [] : record ? keysOfWritten(index, record) : keyer.keys(keyer.prepare(content));
    if (hash !== null) there.push({ id, hash, keys });
    if (id > upTo) continue;
    for (const key of keys) if (!known.includes(key)) added.push({ id, key });
    for (const key of known) if (!keys.includes(key)) gone.push({ id, key });
  }
  await run(`delete from "import_match_records" where "index_id" = $1::integer and "record_id" = any($2::uuid[])`, [
    indexId,
    arrayOf(changed.map(({ id }) => id)),
  ]);
  await removeKeys(run, indexId, gone);
  await add(
    indexId,
    there,
    added.sort((a, b) => a.key - b.key),
  );
}

/** A row that the record is wholly like has the record's keys. */
function keysOfWritten({ target, keyer, keys: made }: KeptIndex, { values, row }: WrittenRecord): readonly number[] {
  const isLike = values === row.values || target.fields.every(({ index: at }) => values[at] === row.values[at]);
  const own = isLike ? made?.get(rowKeyOf(row)) : undefined;
  return own ?? keyer.keys(keyer.prepare(target.fields.map(({ index: at }) => clipped(values[at] ?? null))));
}

/** Before the least id. */
const NOTHING_LOOKED_UP = '';
/** The greatest id: all keys can be looked up. */
export const ALL_RECORDS = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** Holds an index, so that nobody else writes keys of it, and tells up to which record they can be looked up. */
export async function holdIndex(run: RunSql, indexId: number): Promise<string> {
  await run(`select pg_advisory_xact_lock(${INDEX_LOCK_CLASS}, $1::integer)`, [indexId]);
  return lookedUpTo(run, indexId);
}

/** Up to which record the keys of an index lie in `import_match_keys`, too, where each can be looked up. */
export async function lookedUpTo(run: RunSql, indexId: number): Promise<string> {
  const [index] = await run<{ up_to: string | null }>(
    `select "looked_up_to"::text as "up_to" from "import_match_indexes" where "id" = $1::integer`,
    [indexId],
  );
  return index?.up_to ?? NOTHING_LOOKED_UP;
}

/** Adds the keys of records that were read; what has changed in the index meanwhile, or was there before, is made right. */
export async function addKeys(client: PoolClient, index: KeptIndex, records: readonly KeyedContent[]): Promise<void> {
  if (records.length === 0) return;
  const run = runOn(client);
  const upTo = await holdIndex(run, index.id);
  const there = await run<{ id: string; hash: string }>(
    `select "record_id"::text as "id", "content_hash"::text as "hash" from "import_match_records"
     where "index_id" = $1::integer and "record_id" = any($2::uuid[])`,
    [index.id, arrayOf(records.map(({ id }) => id))],
  );
  const known = new Map(there.map(({ id, hash }) => [id, hash]));
  const added = records.filter(({ id }) => !known.has(id));
  const lookedUp = added.filter(({ id }) => id <= upTo).flatMap(({ id, keys }) => keys.map((key) => ({ id, key })));
  await copyKeys(
    client,
    index.id,
    added,
    lookedUp.sort((a, b) => a.key - b.key),
  );
  const others = records.filter(({ id, hash }) => (known.get(id) ?? hash) !== hash);
  await keepKeys(
    client,
    index,
    others.map(({ id }) => id),
  );
}

/** A record whose keys may have changed; without a hash it is gone. */
interface ChangedRecord {
  readonly id: string;
  readonly hash: string | null;
  readonly content: readonly (string | null)[];
  /** The keys it has in the index. */
  readonly known: readonly number[];
}

async function changedRecords(
  run: RunSql,
  target: MatchTarget,
  indexId: number,
  ids: readonly string[],
  withContent: boolean,
): Promise<ChangedRecord[]> {
  const { from, id, found } = recordsSql(target.spec);
  const fields = withContent ? target.fields : [];
  const rows = await run<Readonly<Record<string, string | null>>>(
    `select "w"."id"::text as "id", "t"."hash"::text as "hash", encode("r"."keys", 'hex') as "keys"
        ${fields.map((_, at) => `, "t"."v${at}"`).join('')}
      from unnest($1::uuid[]) as "w" ("id")
      left join lateral (
        select ${contentHashSql(target, 't')} as "hash"
          ${fields.map((one, at) => `, ${contentSql({ ...target, fields: [one] }, 't')} as "v${at}"`).join('')}
        from ${from} where ${id} = "w"."id" and ${found('$2')} offset 0
      ) as "t" on true
      left join lateral (
        select * from "import_match_records" where "index_id" = $3::integer and "record_id" = "w"."id" offset 0
      ) as "r" on true
      where "t"."hash" is distinct from "r"."content_hash"`,
    [arrayOf(ids), target.tenantId, indexId],
  );
  return rows.map((row) => {
    const hash = row['hash'] ?? null;
    return {
      id: row['id'] ?? '',
      hash,
      // Under numbers: two fields may have columns of any name.
      content: fields.map((_, at) => row[`v${at}`] ?? null),
      known: unpackKeys(Buffer.from(row['keys'] ?? '', 'hex')),
    };
  });
}

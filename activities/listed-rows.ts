import type { Draft } from '../src/rows/candidate.ts';
import { compileMapping, foundByFields } from '../src/rows/mapping.ts';
import type { MappedColumn } from '../src/rows/mapping.ts';
import { identifiedRows } from '../src/sources/postgres/query/identified-rows.ts';
import { streamRows } from '../src/sources/postgres/reading/rows.ts';
import type { SourceSession } from '../src/sources/postgres/connection/session.ts';
import { describeFields } from '../src/sources/postgres/expression/type-lookup.ts';
import type { PartitionClaim } from '../src/store/commit/partition-claim.ts';
import { nextListedRows } from '../src/store/queries/retries/retry-rows.ts';
import type { ListedRow } from '../src/store/queries/retries/retry-rows.ts';
import { MAX_CHUNK_SIZE } from './chunks.ts';
import type { DraftBatch } from './chunks.ts';
import type { ActivityDeps } from './deps.ts';
import { openJobSource, queryOf } from './job-source.ts';
import type { JobPart } from './job-source.ts';

/** Identifiers asked for at once: the first time, while nobody knows how large the rows are, and at the most. */
const FIRST_ROWS = 100;
const MAX_ROWS = 10_000;

/**
 * Reads the rows on a retry's list from the source once more, by their identifiers, in the order of their numbers. A row
 * that the source does not give any more comes as one that says so.
 */
export async function* readListedRows(
  deps: ActivityDeps,
  part: JobPart,
  claim: Pick<PartitionClaim, 'jobNumber' | 'targetOrdinal' | 'position'>,
  options: { readonly identifierField: string; readonly stallMs: number; readonly signal: AbortSignal },
): AsyncGenerator<DraftBatch, void, undefined> {
  const { job, target } = part;
  const list = { jobNumber: claim.jobNumber, targetOrdinal: claim.targetOrdinal };
  await using session = await openJobSource(deps, job, options.signal);
  const described = await session.transaction(() => describeFields(session, queryOf(part)));
  const columns = described.map(({ target: field, family }) => ({ field, family }));
  let after = Number(claim.position?.key[0] ?? 0);
  let limit = Math.min(FIRST_ROWS, job.options.batchSize);
  for (;;) {
    const listed = await nextListedRows(deps.orm.em.fork(), { ...list, after, limit });
    const last = listed.at(-1);
    if (!last) return;
    const { drafts, size } = await readIdentified(session, part, { columns, listed }, options);
    after = last.rowNumber;
    yield {
      drafts: listed.map((row) => drafts.get(row.identifier ?? '')?.[row.occurrence - 1] ?? missing(target.spec, row)),
      rowNumbers: listed.map((row) => row.rowNumber),
      position: { key: [String(after)], ordinal: 1 },
      size,
    };
    const fitting = Math.floor((listed.length * MAX_CHUNK_SIZE) / Math.max(1, size));
    limit = Math.max(1, Math.min(fitting, job.options.batchSize, MAX_ROWS));
  }
}

/** The rows the source has now under the identifiers of those listed, in its order. */
async function readIdentified(
  session: SourceSession,
  part: JobPart,
  { columns, listed }: { readonly columns: readonly MappedColumn[]; readonly listed: readonly ListedRow[] },
  { identifierField, stallMs, signal }: Parameters<typeof readListedRows>[3],
): Promise<{ drafts: Map<string, Draft[]>; size: number }> {
  const drafts = new Map<string, Draft[]>();
  for (const { identifier } of listed) if (identifier !== null) drafts.set(identifier, []);
  let size = 0;
  if (drafts.size === 0) return { drafts, size };
  const { spec } = part.target;
  const query = identifiedRows(queryOf(part), identifierField, [...drafts.keys()], foundByFields(spec, columns));
  const map = compileMapping(spec, columns, identifierField);
  for await (const { rows } of streamRows(session, query, { stallMs, signal })) {
    const given = map(rows);
    const asked = given.filter(({ identifier }) => identifier !== null && drafts.has(identifier));
    for (const draft of asked.length === given.length ? asked : asked.map((one) => one.alone())) {
      drafts.get(draft.identifier ?? '')?.push(draft);
      size += draft.end - draft.start;
    }
  }
  return { drafts, size };
}

function missing(spec: JobPart['target']['spec'], { identifier }: ListedRow): Draft {
  const message =
    identifier === null
      ? 'Nothing identifies the row at the source, so it cannot be read again.'
      : 'The source does not give this row any more.';
  return {
    identifier,
    values: spec.fields.map(() => null),
    issues: [{ field: null, code: 'source_missing', message, value: identifier, fatal: true }],
  };
}

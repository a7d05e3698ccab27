import { AppError } from '../../../domain/errors.ts';
import type { RowCount } from '../../../domain/source-schema.ts';
import type { CatalogRelation } from './catalog.ts';
import { quoteName } from '../expression/fragment.ts';
import type { SourceSession } from '../connection/session.ts';

/** Up to so many rows a table is counted, above the server's estimate is told. */
const COUNTED = 20_000;
/** Tables counted by one statement. */
const TOGETHER = 40;
/** Milliseconds for all counting, and for one view, which may hide any query. */
const BUDGET_MS = 1_200;
const VIEW_MS = 250;
/** Milliseconds for what the planner says of all that was not counted. */
const PLANNER_MS = 400;
/** `query_canceled`: the statement timeout. */
const OUT_OF_TIME = '57014';

/**
 * How many rows relations have: small and never analysed ones are counted, the rest is estimated. What could not be
 * counted within about a second keeps its estimate, or is what the planner makes of it.
 */
export async function countRelations(
  session: SourceSession,
  relations: readonly CatalogRelation[],
): Promise<Map<number, RowCount>> {
  const counts = new Map(relations.map((relation) => [relation.oid, estimated(relation)]));
  const end = performance.now() + BUDGET_MS;
  const counted = relations
    .filter(({ estimate, populated }) => populated && (estimate === null || estimate <= COUNTED))
    .toSorted((a, b) => a.pages - b.pages);
  const stored = counted.filter(({ kind }) => kind !== 'view' && kind !== 'foreign_table');
  const computed = counted.filter(({ kind }) => kind === 'view' || kind === 'foreign_table');
  const batches = [
    ...chunks(stored, TOGETHER).map((batch) => ({ batch, limitMs: BUDGET_MS })),
    ...computed.map((relation) => ({ batch: [relation], limitMs: VIEW_MS })),
  ];
  for (const { batch, limitMs } of batches) {
    const left = Math.floor(end - performance.now());
    if (left < 20) break;
    for (const [oid, count] of await countTogether(session, batch, Math.min(left, limitMs))) counts.set(oid, count);
  }
  const plannerEnd = performance.now() + PLANNER_MS;
  for (const relation of relations.filter(({ oid }) => counts.get(oid)?.kind === 'unknown')) {
    const left = Math.floor(plannerEnd - performance.now());
    if (left < 20) break;
    counts.set(relation.oid, await plannedCount(session, relation, left));
  }
  return counts;
}

/** How many rows the planner expects; it looks at statistics, runs nothing, and knows views by their queries. */
async function plannedCount(session: SourceSession, relation: CatalogRelation, limitMs: number): Promise<RowCount> {
  const name = `${quoteName(relation.schema)}.${quoteName(relation.table)}`;
  try {
    const [line] = await session.transaction(() => session.query(`explain (format text) select from ${name}`), {
      statementTimeoutMs: limitMs,
    });
    const rows = /\brows=(\d+)/.exec(line?.[0] ?? '')?.[1];
    return rows === undefined ? { kind: 'unknown', value: null } : { kind: 'estimated', value: Number(rows) };
  } catch (error) {
    if (!(error instanceof AppError) || !isStatementFailure(error)) throw error;
    return { kind: 'unknown', value: null };
  }
}

async function countTogether(
  session: SourceSession,
  relations: readonly CatalogRelation[],
  limitMs: number,
): Promise<[number, RowCount][]> {
  const selects = relations.map(
    ({ oid, schema, table }) =>
      `(select ${oid}, count(*) from (select from ${quoteName(schema)}.${quoteName(table)} limit ${COUNTED + 1}) s)`,
  );
  try {
    const rows = await session.transaction(() => session.query(selects.join(' union all ')), {
      statementTimeoutMs: limitMs,
    });
    return rows
      .map(([oid, count]): [number, RowCount] => [Number(oid), { kind: 'exact', value: Number(count) }])
      .filter(([, count]) => (count.value ?? 0) <= COUNTED);
  } catch (error) {
    if (!(error instanceof AppError) || !isStatementFailure(error)) throw error;
    // Out of time, a broken view, a foreign server that is down: no count is no reason to show no schema.
    if (relations.length === 1 || error.details['sqlState'] === OUT_OF_TIME) return [];
    const middle = Math.ceil(relations.length / 2);
    const first = await countTogether(session, relations.slice(0, middle), limitMs);
    return [...first, ...(await countTogether(session, relations.slice(middle), limitMs))];
  }
}

function isStatementFailure(error: AppError): boolean {
  const state = error.details['sqlState'];
  return (
    error.code === 'source_rejected' || state === OUT_OF_TIME || (typeof state === 'string' && state.startsWith('HV'))
  );
}

function estimated({ estimate, kind, populated }: CatalogRelation): RowCount {
  // Nobody has filled it yet: reading it is an error, and there is nothing in it.
  if (!populated) return { kind: 'exact', value: 0 };
  // A view has no statistics; and until PostgreSQL 13 a zero also says that nobody has looked.
  if (estimate === null || estimate === 0 || kind === 'view') return { kind: 'unknown', value: null };
  return { kind: 'estimated', value: estimate };
}

function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, index) =>
    items.slice(index * size, (index + 1) * size),
  );
}

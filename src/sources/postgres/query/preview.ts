import { AppError, invalid } from '../../../domain/errors.ts';
import { connectionLost } from '../connection/connection-errors.ts';
import { renderForPeople, renderForServer } from '../expression/fragment.ts';
import type { RenderedSql } from '../expression/fragment.ts';
import type { SourceQuery } from './query.ts';
import { createSampler } from './preview-sample.ts';
import type { Sample } from './preview-sample.ts';
import { countSql, rowsSql, shownSql } from './query-sql.ts';
import { streamRows } from '../reading/rows.ts';
import type { BatchColumn } from '../expression/type-lookup.ts';
import type { SourceSession } from '../connection/session.ts';
import { describeFields } from '../expression/type-lookup.ts';

/** The first rows of an import, values as text; long values shortened, and no more rows than can well be shown. */
export interface QueryPreview extends Sample {
  /**
   * Whether reading ended before the last row, since so much had been read already: how many rows are left out is not
   * known then, and the session is over.
   */
  readonly endedEarly: boolean;
  /** The query for people. */
  readonly sql: string;
  readonly columns: readonly BatchColumn[];
}

export interface QueryCount {
  readonly value: number;
  /** False when counting took too long and the source's planner was asked instead. */
  readonly exact: boolean;
}

/** The limit that the server's own plan is made for; only its estimate is looked at. */
const COUNT_MS = 3_000;
const PREVIEW_MS = 20_000;
/** What the server gets beyond its own limit to say that the time is up. */
const GRACE_MS = 3_000;
/** What a preview takes from its source, and a few rows more: one that is asked for a glance shall not send gigabytes. */
const READ_BYTES = 16 * 1024 * 1024;
const FROM_THE_START = { range: { after: null, upTo: null }, position: null } as const;
const OUT_OF_TIME = '57014';
/** Syntax errors and missing or misused things; data exceptions: what a configuration can be at fault for. */
const FAULT_OF_QUERY = /^(42|22|0A)/;

/**
 * The first rows of a query, by the SQL that an import runs.
 * @throws AppError `validation` naming the part of the configuration that the source refuses, else as `SourceSession.query`
 */
export async function previewRows(session: SourceSession, query: SourceQuery, limit: number): Promise<QueryPreview> {
  const sampler = createSampler(query.fields.length);
  const deadline = AbortSignal.timeout(PREVIEW_MS + GRACE_MS);
  const waiting = { stallMs: PREVIEW_MS, firstRowMs: PREVIEW_MS, readTimeoutMs: PREVIEW_MS, signal: deadline };
  let columns: readonly BatchColumn[] | null = null;
  let read = 0;
  let endedEarly = false;
  try {
    for await (const batch of streamRows(session, query, { ...waiting, limit, batchSize: limit + 1 })) {
      columns = batch.columns;
      sampler.add(batch.rows);
      read += batch.rows.bytes.length;
      endedEarly = read > READ_BYTES;
      if (endedEarly) break;
    }
    columns ??= await session.transaction(() => describeFields(session, query));
    return { sql: shownQuery(query, limit), columns, endedEarly, ...sampler.sample() };
  } catch (error) {
    if (deadline.aborted) throw connectionLost('Connection timed out');
    throw refusedPart(error, renderForServer(rowsSql(query, { ...FROM_THE_START, limit })));
  }
}

/**
 * Has the source check a query's types without reading a row.
 * @throws AppError `validation` naming the part that is refused
 */
export async function checkTypes(session: SourceSession, query: SourceQuery): Promise<BatchColumn[]> {
  const nothing = { ...FROM_THE_START, limit: 0 };
  try {
    return await session.transaction(() => describeFields(session, query));
  } catch (error) {
    throw refusedPart(error, renderForServer(rowsSql(query, nothing)));
  }
}

/**
 * How many rows a query gives; beyond three seconds of counting, what the source's planner thinks.
 * @throws AppError `validation` naming the part that is refused
 */
export async function countRows(session: SourceSession, query: SourceQuery): Promise<QueryCount> {
  const rendered = renderForServer(countSql(query));
  try {
    const [row] = await session.transaction(() => session.query(rendered.text, rendered.values), {
      statementTimeoutMs: COUNT_MS,
    });
    return { value: Number(row?.[0]), exact: true };
  } catch (error) {
    if (!(error instanceof AppError) || error.details['sqlState'] !== OUT_OF_TIME) throw refusedPart(error, rendered);
    return { value: await estimateRows(session, query), exact: false };
  }
}

/** The query as a person would write it. */
export function shownQuery(query: SourceQuery, limit: number | null = null): string {
  return renderForPeople(shownSql(query, limit));
}

async function estimateRows(session: SourceSession, query: SourceQuery): Promise<number> {
  const everything = { ...FROM_THE_START, limit: query.limit };
  const { text, values } = renderForServer(rowsSql(query, everything));
  const [plan] = await session.transaction(() => session.query(`explain ${text}`, values));
  return Number(/rows=(\d+)/.exec(plan?.[0] ?? '')?.[1] ?? 0);
}

/** A refusal of the source's as a mistake of the configuration, under the path of the part that it is about. */
function refusedPart(error: unknown, { places, values, valuePlaces }: RenderedSql): unknown {
  if (!(error instanceof AppError) || error.code !== 'source_rejected') return error;
  const sqlState = error.details['sqlState'];
  const position = error.details['position'];
  if (typeof sqlState !== 'string' || !FAULT_OF_QUERY.test(sqlState)) return error;
  const at = typeof position === 'number' ? position - 1 : null;
  const byPosition = at === null ? undefined : places.find(({ start, end }) => at >= start && at < end)?.place;
  // A value that does not fit its column is refused before the query is looked at: the message quotes it.
  const byValue = valuePlaces.find((_, index) => {
    const value = values[index];
    return typeof value === 'string' && error.message.includes(`"${value}"`);
  });
  const place = byPosition ?? byValue;
  if (place === undefined || place === null) return error;
  return invalid({ [place]: [`The source refuses this: ${error.message}.`] });
}

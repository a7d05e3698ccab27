import type { Actor } from '../../domain/actor.ts';
import { AppError, invalid, mistakesOf } from '../../domain/errors.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import type { ColumnFamily, SourceSchema } from '../../domain/source-schema.ts';
import { introspect } from '../../sources/postgres/catalog/introspect.ts';
import { countRows, previewRows } from '../../sources/postgres/query/preview.ts';
import type { QueryCount, QueryPreview } from '../../sources/postgres/query/preview.ts';
import { buildSourceQuery } from '../../sources/postgres/query/query.ts';
import type { SourceSession } from '../../sources/postgres/connection/session.ts';
import { jsonValue } from '../../sources/postgres/expression/types.ts';
import { readProfile } from './find-profiles.ts';
import { withSource } from './with-source.ts';
import type { SourceDeps, SourceRequest } from './with-source.ts';

/** What an import of one target type would read. */
export interface Preview {
  readonly targetType: string;
  /** The SQL for people; values stand in it where the server gets parameters. */
  readonly sql: string;
  readonly count: number;
  /** The first rows as JSON values by target field; the beginning of a long value is a text, whatever its type. */
  readonly rows: readonly ReadonlyMap<string, unknown>[];
  /** The values of `rows` that are such beginnings; rows count from 1. */
  readonly shortened: readonly { readonly row: number; readonly field: string; readonly bytes: number }[];
  /** Rows that were asked for and are not in `rows`, because those are large; null when it is not known how many. */
  readonly rowsLeftOut: number | null;
  /** The expression behind each target field. */
  readonly mapping: ReadonlyMap<string, string>;
  readonly appliedFilters: readonly string[];
}

/**
 * Reads the first rows of a profile's queries by the very SQL an import runs. Throws `validation` for a type the
 * profile has no query for and, under `TYPE.PLACE`, for queries that do not fit the source, else as `withSource`.
 * @param targetType one type, or null for all the profile has queries for
 * @param limit rows a type
 */
export async function previewProfile(
  deps: SourceDeps,
  actor: Actor,
  request: SourceRequest,
  { targetType, limit }: { readonly targetType: string | null; readonly limit: number },
): Promise<Preview[]> {
  const { queries } = await readProfile(deps.orm.em.fork(), actor, request.profileId);
  const waiting = wantedQueries(queries, targetType);
  const previews: Preview[] = [];
  let schema: SourceSchema | null = null;
  do {
    await withSource(deps, actor, request, async (session) => {
      schema ??= await introspect(session, { countRows: false });
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const { preview, sessionIsOver } = await previewQuery(session, schema, next, limit);
        previews.push(preview);
        if (sessionIsOver) return;
      }
    });
  } while (waiting.length > 0);
  return previews;
}

function wantedQueries(
  queries: Readonly<Record<string, QueryConfiguration>>,
  targetType: string | null,
): QueryConfiguration[] {
  if (targetType === null) return Object.values(queries);
  const query = Object.hasOwn(queries, targetType) ? queries[targetType] : undefined;
  if (query) return [query];
  throw invalid({ query_type: [`The profile has no query for ${targetType}.`] });
}

async function previewQuery(
  session: SourceSession,
  schema: SourceSchema,
  configuration: QueryConfiguration,
  limit: number,
): Promise<{ readonly preview: Preview; readonly sessionIsOver: boolean }> {
  const { targetType } = configuration;
  const query = await placed(targetType, buildSourceQuery(configuration, schema));
  const counted = await placed(targetType, countRows(session, query));
  const read = await placed(targetType, previewRows(session, query, limit));
  const preview = {
    targetType,
    sql: read.sql,
    count: counted.value,
    ...shownRows(read),
    rowsLeftOut: read.endedEarly ? missing(counted, limit, read.rows.length) : read.rowsLeftOut,
    mapping: new Map(query.fields.map(({ target, source }) => [target, source])),
    appliedFilters: query.appliedFilters,
  };
  return { preview, sessionIsOver: read.endedEarly };
}

/** How many rows that were asked for are not shown; null where they were not counted. */
function missing({ value, exact }: QueryCount, limit: number, shown: number): number | null {
  return exact ? Math.max(0, Math.min(limit, value) - shown) : null;
}

function shownRows({ columns, rows, shortened }: QueryPreview): Pick<Preview, 'rows' | 'shortened'> {
  const begun = new Set(shortened.map(({ row, column }) => `${row} ${column}`));
  return {
    rows: rows.map((row, at) => {
      const valueOf = (family: ColumnFamily, column: number): unknown =>
        begun.has(`${at} ${column}`) ? row[column] : jsonValue(family, row[column] ?? null);
      return new Map(columns.map(({ target, family }, column) => [target, valueOf(family, column)]));
    }),
    shortened: shortened.map(({ row, column, bytes }) => ({
      row: row + 1,
      field: columns[column]?.target ?? '',
      bytes,
    })),
  };
}

/** Of several queries a mistake also says which one it is in. */
async function placed<T>(targetType: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'validation') throw error;
    const mistakes = Object.entries(mistakesOf(error));
    throw invalid(Object.fromEntries(mistakes.map(([place, sentences]) => [`${targetType}.${place}`, sentences])));
  }
}

import type { Actor } from '../../domain/actor.ts';
import { AppError, invalid, mistakesOf } from '../../domain/errors.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import type { ColumnFamily, SourceSchema } from '../../domain/source-schema.ts';
import { introspect } from '../../sources/postgres/introspect.ts';
import { countRows, previewRows } from '../../sources/postgres/preview.ts';
import type { QueryPreview } from '../../sources/postgres/preview.ts';
import { buildSourceQuery } from '../../sources/postgres/query.ts';
import type { SourceSession } from '../../sources/postgres/session.ts';
import { jsonValue } from '../../sources/postgres/types.ts';
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
  /** Rows that were asked for and are not in `rows`, because those are large. */
  readonly rowsLeftOut: number;
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
export function previewProfile(
  deps: SourceDeps,
  actor: Actor,
  request: SourceRequest,
  { targetType, limit }: { readonly targetType: string | null; readonly limit: number },
): Promise<Preview[]> {
  return withSource(deps, actor, request, async (session, profile) => {
    const wanted = wantedQueries(profile.queries, targetType);
    const schema = await introspect(session, { countRows: false });
    const previews: Preview[] = [];
    for (const query of wanted) previews.push(await previewQuery(session, schema, query, limit));
    return previews;
  });
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
): Promise<Preview> {
  const { targetType } = configuration;
  const query = await placed(targetType, buildSourceQuery(configuration, schema));
  const preview = await placed(targetType, previewRows(session, query, limit));
  const { value: count } = await countRows(session, query);
  return {
    targetType,
    sql: preview.sql,
    count,
    ...shownRows(preview),
    mapping: new Map(query.fields.map(({ target, source }) => [target, source])),
    appliedFilters: query.appliedFilters,
  };
}

function shownRows({
  columns,
  rows,
  shortened,
  rowsLeftOut,
}: QueryPreview): Pick<Preview, 'rows' | 'shortened' | 'rowsLeftOut'> {
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
    rowsLeftOut,
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

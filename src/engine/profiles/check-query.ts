import type { Actor } from '../../domain/actor.ts';
import { AppError, mistakesOf } from '../../domain/errors.ts';
import type { FieldMistakes } from '../../domain/errors.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import type { SourceSchema } from '../../domain/source-schema.ts';
import type { FindTarget } from '../../domain/target.ts';
import { introspect } from '../../sources/postgres/catalog/introspect.ts';
import { checkTypes, countRows, shownQuery } from '../../sources/postgres/query/preview.ts';
import { checkConfiguration } from '../../sources/postgres/query/query.ts';
import type { SourceQuery } from '../../sources/postgres/query/query.ts';
import type { SourceSession } from '../../sources/postgres/connection/session.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { targetMistakes } from '../templates/template-input.ts';
import { withSource } from './with-source.ts';
import type { SourceDeps, SourceRequest } from './with-source.ts';

/** A configuration that may still be open about what it fills. */
export type UncommittedQuery = Omit<QueryConfiguration, 'targetType'> & { readonly targetType: string | null };

/** What a configuration would do, or every mistake in it under its path. */
export type QueryReport =
  | { readonly valid: true; readonly sql: string; readonly records: number; readonly warnings: readonly string[] }
  | { readonly valid: false; readonly mistakes: FieldMistakes };

/** Holds a configuration against the source of a profile; nothing is saved. Throws as `withSource`. */
export async function checkQuery(
  deps: SourceDeps,
  actor: Actor,
  request: SourceRequest,
  configuration: UncommittedQuery,
): Promise<QueryReport> {
  const find = await tenantTargetFinder(deps.orm.em.fork(), actor.tenantId);
  return withSource(deps, actor, request, async (session) => {
    const schema = await introspect(session, { countRows: false });
    const held = await holdAgainst(session, schema, configuration, find);
    if ('mistakes' in held) return { valid: false, mistakes: held.mistakes };
    const { value, exact } = await countRows(session, held.query);
    const warnings = exact ? held.warnings : [...held.warnings, 'Counting took too long; the number is an estimate.'];
    return { valid: true, sql: shownQuery(held.query), records: value, warnings };
  });
}

/**
 * A configuration as a query that its source takes and whose fields its target has, or every mistake in it: names and
 * expressions first, then what the source itself says of their types.
 */
export async function holdAgainst(
  session: SourceSession,
  schema: SourceSchema,
  configuration: UncommittedQuery,
  find: FindTarget,
): Promise<{ query: SourceQuery; warnings: readonly string[] } | { mistakes: FieldMistakes }> {
  const { targetType } = configuration;
  const unfit = targetType === null ? {} : targetMistakes({ ...configuration, targetType }, find);
  const { query, mistakes, warnings } = await checkConfiguration(
    { ...configuration, targetType: targetType ?? '' },
    schema,
  );
  const all = { ...unfit, ...mistakes };
  if (query === null || Object.keys(all).length > 0) return { mistakes: all };
  try {
    await checkTypes(session, query);
  } catch (error) {
    if (error instanceof AppError && error.code === 'validation') return { mistakes: mistakesOf(error) };
    throw error;
  }
  return { query, warnings };
}

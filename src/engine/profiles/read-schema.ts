import type { Actor } from '../../domain/actor.ts';
import type { SourceSchema } from '../../domain/source-schema.ts';
import { introspect } from '../../sources/postgres/catalog/introspect.ts';
import { suggestJoins } from '../../sources/postgres/catalog/suggest-joins.ts';
import type { JoinSuggestion } from '../../sources/postgres/catalog/suggest-joins.ts';
import { withSource } from './with-source.ts';
import type { SourceDeps, SourceRequest } from './with-source.ts';

/** Tables, columns, keys and row counts of a profile's source. Throws as `withSource`. */
export function readSchema(deps: SourceDeps, actor: Actor, request: SourceRequest): Promise<SourceSchema> {
  return withSource(deps, actor, request, (session) => introspect(session));
}

/** What a query builder is drawn from. */
export interface BuilderTables {
  readonly schema: SourceSchema;
  readonly joins: readonly JoinSuggestion[];
}

/** The same with the joins that fit the source, likeliest first. Throws as `withSource`. */
export function readBuilderTables(deps: SourceDeps, actor: Actor, request: SourceRequest): Promise<BuilderTables> {
  return withSource(deps, actor, request, async (session) => {
    const schema = await introspect(session);
    return { schema, joins: await suggestJoins(schema, session) };
  });
}

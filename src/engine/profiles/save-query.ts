import type { Actor } from '../../domain/actor.ts';
import { invalid, notFound } from '../../domain/errors.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import { introspect } from '../../sources/postgres/catalog/introspect.ts';
import type { EngineDeps } from '../deps.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { holdAgainst } from './check-query.ts';
import { holdProfile, readProfile } from './find-profiles.ts';
import { viewProfile } from './profile-view.ts';
import type { Profile } from './profile-view.ts';
import { recordChanges } from './record-changes.ts';
import { withSource } from './with-source.ts';
import type { SourceDeps, SourceRequest } from './with-source.ts';

export interface SavedQuery {
  readonly profile: Profile;
  readonly query: QueryConfiguration;
}

/**
 * Saves the query by which a profile fills a target, in the place of the one it had. Only what the source takes is
 * saved: throws `validation` with every mistake under its path, else as `withSource`.
 */
export async function saveQuery(
  deps: SourceDeps,
  actor: Actor,
  request: SourceRequest,
  configuration: QueryConfiguration,
): Promise<SavedQuery> {
  const find = await tenantTargetFinder(deps.orm.em.fork(), actor.tenantId);
  await withSource(deps, actor, request, async (session) => {
    const schema = await introspect(session, { countRows: false });
    const held = await holdAgainst(session, schema, configuration, find);
    if ('mistakes' in held) throw invalid(held.mistakes);
  });
  const { targetType } = configuration;
  const label = find(targetType)?.label ?? targetType;
  const query = { ...configuration, name: configuration.name ?? `${label} Import` };
  return deps.orm.em.fork().transactional(async (em) => {
    const profile = await holdProfile(em, actor, request.profileId);
    profile.queries = { ...profile.queries, [targetType]: query };
    await recordChanges(em, actor, profile, ['queries']);
    return { profile: await viewProfile(em, profile), query };
  });
}

/** The query by which a profile fills a target. Throws `not_found`. */
export async function getQuery(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  id: string,
  targetType: string,
): Promise<QueryConfiguration> {
  const profile = await readProfile(orm.em.fork(), actor, id);
  return queryOf(profile.queries, targetType);
}

/** Takes away the query by which a profile fills a target. Throws `not_found`. */
export async function removeQuery(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  id: string,
  targetType: string,
): Promise<Profile> {
  return orm.em.fork().transactional(async (em) => {
    const profile = await holdProfile(em, actor, id);
    queryOf(profile.queries, targetType);
    profile.queries = Object.fromEntries(Object.entries(profile.queries).filter(([type]) => type !== targetType));
    await recordChanges(em, actor, profile, ['queries']);
    return viewProfile(em, profile);
  });
}

function queryOf(queries: Readonly<Record<string, QueryConfiguration>>, targetType: string): QueryConfiguration {
  const query = Object.hasOwn(queries, targetType) ? queries[targetType] : undefined;
  if (!query) throw notFound('Query configuration');
  return query;
}

import { isDeepStrictEqual } from 'node:util';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { AppError, invalid } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import type { FindTarget } from '../../domain/target.ts';
import type { ImportProfile } from '../../store/entities/import-profile.ts';
import { lockProfileNames, lockProfilesNamed } from '../../store/queries/profiles.ts';
import { templatesOf } from '../../store/queries/templates.ts';
import type { EngineDeps } from '../deps.ts';
import { tenantTargetFinder } from '../targets/tenant-targets.ts';
import { targetMistakes } from '../templates/template-input.ts';
import { addProfile } from './create-profile.ts';
import { getProfile } from './find-profiles.ts';
import type { ProfileInput } from './profile-input.ts';
import { viewProfile } from './profile-view.ts';
import type { Profile } from './profile-view.ts';
import { recordChanges } from './record-changes.ts';
import { changeProfile } from './update-profile.ts';

/** A profile's configuration as a file holds it: no password, no ids, nothing that only means something here. */
export interface ProfileFile extends Omit<ProfileInput, 'password'> {
  readonly template: { readonly platform: string; readonly name: string } | null;
  readonly queries: Readonly<Record<string, QueryConfiguration>>;
}

/** A profile as a file. Throws `not_found`. */
export async function exportProfile(deps: Pick<EngineDeps, 'orm'>, actor: Actor, id: string): Promise<ProfileFile> {
  const profile = await getProfile(deps, actor, id);
  return {
    name: profile.name,
    databaseType: profile.databaseType,
    host: profile.host,
    port: profile.port,
    database: profile.database,
    username: profile.username,
    sslMode: profile.sslMode,
    description: profile.description,
    notes: profile.notes,
    template: profile.template && { platform: profile.template.platform, name: profile.template.name },
    queries: profile.queries,
  };
}

export interface ImportedProfile {
  readonly profile: Profile;
  readonly created: boolean;
}

/**
 * Makes the profile a file describes, or makes the tenant's profile of that name the same as the file; a second time
 * changes nothing. A new profile without a password has an empty one until somebody gives it. Throws `validation`, also
 * when an existing profile would connect elsewhere with its old password, and `conflict` when several have the name.
 */
export async function importProfile(
  { orm, sealer }: Pick<EngineDeps, 'orm' | 'sealer'>,
  actor: Actor,
  { template, queries, ...fields }: ProfileFile,
  password: string | null,
): Promise<ImportedProfile> {
  requirePermission(actor, 'system.import');
  return orm.em.fork().transactional(async (em) => {
    checkQueries(queries, await tenantTargetFinder(em, actor.tenantId));
    await lockProfileNames(em, actor.tenantId);
    const templateId = await findTemplateId(em, actor, template);
    const [existing, ...more] = await lockProfilesNamed(em, actor.tenantId, fields.name);
    if (more.length > 0) {
      throw new AppError('conflict', `There are ${more.length + 1} profiles named ${fields.name}; rename all but one.`);
    }
    if (!existing) {
      const input = { ...fields, password: password ?? '' };
      const profile = await addProfile(em, actor, sealer, input, { queries, templateId });
      return { profile: await viewProfile(em, profile), created: true };
    }
    const changed = changeProfile(existing, sealer, { ...fields, ...(password === null ? {} : { password }) });
    changed.push(...configure(existing, templateId, queries));
    await recordChanges(em, actor, existing, changed);
    return { profile: await viewProfile(em, existing), created: false };
  });
}

function configure(profile: ImportProfile, templateId: string | null, queries: ProfileFile['queries']): string[] {
  const changed: string[] = [];
  if ((profile.templateId ?? null) !== templateId) {
    profile.templateId = templateId;
    changed.push('template');
  }
  if (!isDeepStrictEqual(profile.queries, queries)) {
    profile.queries = queries;
    changed.push('queries');
  }
  return changed;
}

function checkQueries(queries: ProfileFile['queries'], find: FindTarget): void {
  const mistakes = Object.entries(queries).flatMap(([type, query]) =>
    Object.entries(targetMistakes(query, find)).map(
      ([field, sentences]) => [`profile.configuration.queries.${type}.${field}`, sentences] as const,
    ),
  );
  if (mistakes.length > 0) throw invalid(Object.fromEntries(mistakes));
}

async function findTemplateId(
  em: EntityManager,
  actor: Actor,
  template: ProfileFile['template'],
): Promise<string | null> {
  if (!template) return null;
  const known = await templatesOf(em, actor.tenantId);
  const found = known.find(({ platform, name }) => platform === template.platform && name === template.name);
  return found?.id ?? null;
}

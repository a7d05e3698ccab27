import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { notFound } from '../../domain/errors.ts';
import { requirePermission } from '../../domain/policy.ts';
import { isUuid } from '../../domain/uuid.ts';
import type { ImportProfile } from '../../store/entities/import-profile.ts';
import { findProfile, lockProfile, pageOfProfiles } from '../../store/queries/profiles.ts';
import type { ProfileFilter } from '../../store/queries/profiles.ts';
import type { EngineDeps } from '../deps.ts';
import { viewProfile, viewProfiles } from './profile-view.ts';
import type { Profile } from './profile-view.ts';

export interface ProfilePage extends ProfileFilter {
  /** From 1. */
  readonly page: number;
  readonly perPage: number;
}

/** The profiles of the actor's tenant, newest first. */
export async function listProfiles(
  { orm }: Pick<EngineDeps, 'orm'>,
  actor: Actor,
  { page, perPage, ...filter }: ProfilePage,
): Promise<{ rows: Profile[]; total: number }> {
  requirePermission(actor, 'system.import');
  const em = orm.em.fork();
  const range = { limit: perPage, offset: (page - 1) * perPage };
  const [profiles, total] = await pageOfProfiles(em, actor.tenantId, filter, range);
  return { rows: await viewProfiles(em, profiles), total };
}

/** One profile as it is shown. Throws `not_found`. */
export async function getProfile({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, id: string): Promise<Profile> {
  const em = orm.em.fork();
  return viewProfile(em, await readProfile(em, actor, id));
}

/** The stored profile an actor works with. Throws `not_found`, the same for a foreign one. */
export async function readProfile(em: EntityManager, actor: Actor, id: string): Promise<ImportProfile> {
  requirePermission(actor, 'system.import');
  const profile = isUuid(id) ? await findProfile(em, actor.tenantId, id) : null;
  if (!profile) throw notFound('Import profile');
  return profile;
}

/** The same, held against changes until the caller's transaction ends. */
export async function holdProfile(em: EntityManager, actor: Actor, id: string): Promise<ImportProfile> {
  requirePermission(actor, 'system.import');
  const profile = isUuid(id) ? await lockProfile(em, actor.tenantId, id) : null;
  if (!profile) throw notFound('Import profile');
  return profile;
}

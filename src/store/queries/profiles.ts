import { LockMode } from '@mikro-orm/postgresql';
import type { EntityManager, FilterQuery } from '@mikro-orm/postgresql';
import { ImportJob } from '../entities/import-job.ts';
import { ImportProfile } from '../entities/import-profile.ts';

export interface ProfileFilter {
  readonly databaseType?: ImportProfile['databaseType'] | undefined;
  readonly status?: ImportProfile['connectionStatus'] | undefined;
  /** Part of the name. */
  readonly search?: string | undefined;
}

/** A page of a tenant's profiles, newest first, and how many there are in all. */
export function pageOfProfiles(
  em: EntityManager,
  tenantId: string,
  { databaseType, status, search }: ProfileFilter,
  page: { readonly limit: number; readonly offset: number },
): Promise<[ImportProfile[], number]> {
  const where: FilterQuery<ImportProfile>[] = [{ tenantId }];
  if (databaseType !== undefined) where.push({ databaseType });
  if (status !== undefined) where.push({ connectionStatus: status });
  if (search !== undefined && search !== '') {
    where.push({ name: { $ilike: `%${search.replaceAll(/[\\%_]/gu, String.raw`\$&`)}%` } });
  }
  return em.findAndCount(ImportProfile, { $and: where }, { ...page, orderBy: { createdAt: 'desc', id: 'desc' } });
}

/** A tenant's profile, or null. */
export function findProfile(em: EntityManager, tenantId: string, id: string): Promise<ImportProfile | null> {
  return em.findOne(ImportProfile, { id, tenantId });
}

/** The same, held against every change (also against new jobs of it) until the caller's transaction ends. */
export function lockProfile(em: EntityManager, tenantId: string, id: string): Promise<ImportProfile | null> {
  return em.findOne(ImportProfile, { id, tenantId }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** A tenant's profiles of exactly this name, held until the caller's transaction ends. */
export function lockProfilesNamed(em: EntityManager, tenantId: string, name: string): Promise<ImportProfile[]> {
  return em.find(ImportProfile, { tenantId, name }, { lockMode: LockMode.PESSIMISTIC_WRITE });
}

/** Lets one transaction at a time look whether a tenant has a profile of a name and make it. */
export async function lockProfileNames(em: EntityManager, tenantId: string): Promise<void> {
  await em.execute(`select pg_advisory_xact_lock(hashtext('lading.profile-names'), hashtext(?))`, [tenantId]);
}

/** Jobs of a profile that have not ended. */
export function countUnfinishedJobs(em: EntityManager, profileId: string): Promise<number> {
  return em.count(ImportJob, { profileId, status: { $in: ['pending', 'running', 'paused'] } });
}

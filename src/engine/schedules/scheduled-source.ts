import type { EntityManager, LockMode } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import { isUuid } from '../../domain/uuid.ts';
import { ImportImporter } from '../../store/entities/import-importer.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import type { ImportSchedule } from '../../store/entities/import-schedule.ts';
import type { ScheduleInput } from './schedule-input.ts';

/** What a schedule imports: a profile's database, or the file that an importer fetches. */
export type ScheduledSource =
  | { readonly kind: 'profile'; readonly profile: ImportProfile }
  | { readonly kind: 'importer'; readonly importer: ImportImporter };

/** Names of it: of a row its ids, of an input also an importer's slug. */
export interface SourceName {
  readonly profileId?: string | null | undefined;
  readonly importer?: string | null | undefined;
}

/** What a row imports. */
export function sourceOfRow({ profileId, importerId }: Pick<ImportSchedule, 'profileId' | 'importerId'>): SourceName {
  return { profileId, importer: importerId };
}

/** What is to be imported: naming one takes the place of what a schedule had, and naming nothing leaves it. */
export function sourceNamed({ profileId, importer }: ScheduleInput, row: ImportSchedule | null): SourceName {
  if (profileId !== undefined || importer !== undefined) return { profileId, importer };
  return row === null ? {} : sourceOfRow(row);
}

/**
 * Finds it within a tenant; null when there is none such; where both are named it is the profile. A deletion that is under way is waited for
 * where a lock is asked for.
 */
export async function findSource(
  em: EntityManager,
  { tenantId }: Pick<Actor, 'tenantId'>,
  { profileId, importer: named }: SourceName,
  lockMode: LockMode.NONE | LockMode.PESSIMISTIC_READ,
): Promise<ScheduledSource | null> {
  if (profileId) {
    const profile = await em.findOne(ImportProfile, { id: profileId, tenantId }, { lockMode });
    return profile && { kind: 'profile', profile };
  }
  if (!named) return null;
  const known = isUuid(named) ? { $or: [{ id: named }, { slug: named }] } : { slug: named };
  const importer = await em.findOne(ImportImporter, { tenantId, deletedAt: null, ...known }, { lockMode });
  return importer && { kind: 'importer', importer };
}

/** Whether this is what a schedule imports already. */
export function isOfRow(source: ScheduledSource | null, { profileId, importerId }: ImportSchedule): boolean {
  if (source === null) return false;
  return source.kind === 'profile' ? source.profile.id === profileId : source.importer.id === importerId;
}

import type { EntityManager } from '@mikro-orm/postgresql';
import type { Actor } from '../../domain/actor.ts';
import type { ImportProfile } from '../../store/entities/import-profile.ts';
import { appendEvent } from '../../store/queries/events/events.ts';
import { audit } from '../audit/audit.ts';

/**
 * Writes a changed profile with its event and audit entry, in the caller's transaction. Where no field changed nothing
 * is written and nobody is told.
 */
export async function recordChanges(
  em: EntityManager,
  actor: Actor,
  profile: ImportProfile,
  changed: readonly string[],
): Promise<void> {
  if (changed.length === 0) return;
  profile.updatedAt = new Date();
  await em.flush();
  await audit(em, actor, 'profile.updated', { type: 'import_profile', id: profile.id }, { changed });
  await appendEvent(em, {
    tenantId: profile.tenantId,
    type: 'profile.updated',
    profileId: profile.id,
    userId: actor.userId,
    data: { name: profile.name, changed },
  });
}

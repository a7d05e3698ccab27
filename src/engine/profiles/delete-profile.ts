import type { Actor } from '../../domain/actor.ts';
import { wrongState } from '../../domain/errors.ts';
import { appendEvent } from '../../store/queries/events/events.ts';
import { countUnfinishedJobs } from '../../store/queries/profiles.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { holdProfile } from './find-profiles.ts';

/**
 * Removes a profile; its jobs and what they imported stay. Throws `not_found`, or `wrong_state` with
 * `details.runningJobs` while jobs of it have not ended. The lock keeps new jobs out meanwhile.
 */
export async function deleteProfile({ orm }: Pick<EngineDeps, 'orm'>, actor: Actor, id: string): Promise<void> {
  await orm.em.fork().transactional(async (em) => {
    const profile = await holdProfile(em, actor, id);
    const runningJobs = await countUnfinishedJobs(em, profile.id);
    if (runningJobs > 0) {
      throw wrongState('Cannot delete profile with running import jobs', { runningJobs });
    }
    const { name, tenantId } = profile;
    await em.remove(profile).flush();
    await audit(em, actor, 'profile.deleted', { type: 'import_profile', id }, { name });
    await appendEvent(em, { tenantId, type: 'profile.deleted', profileId: id, userId: actor.userId, data: { name } });
  });
}

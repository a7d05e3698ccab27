import type { Actor } from '../../domain/actor.ts';
import { invalid } from '../../domain/errors.ts';
import { passwordBinding } from '../../domain/profile.ts';
import type { Sealer } from '../../platform/sealing.ts';
import type { ImportProfile } from '../../store/entities/import-profile.ts';
import type { EngineDeps } from '../deps.ts';
import { holdProfile } from './find-profiles.ts';
import { CONNECTION_FIELDS } from './profile-input.ts';
import type { ProfileChanges } from './profile-input.ts';
import { recordChanges } from './record-changes.ts';
import { viewProfile } from './profile-view.ts';
import type { Profile } from './profile-view.ts';

/**
 * Changes a profile. Throws `not_found`, and `validation` naming `password` when host, port or username change without
 * it: else whoever may edit profiles could have a stored password sent to a server of his own.
 */
export async function updateProfile(
  { orm, sealer }: Pick<EngineDeps, 'orm' | 'sealer'>,
  actor: Actor,
  id: string,
  changes: ProfileChanges,
): Promise<Profile> {
  return orm.em.fork().transactional(async (em) => {
    const profile = await holdProfile(em, actor, id);
    await recordChanges(em, actor, profile, changeProfile(profile, sealer, changes));
    return viewProfile(em, profile);
  });
}

/** Puts changes into a stored profile and says which fields are different now; nothing is written yet. */
export function changeProfile(
  profile: ImportProfile,
  sealer: Sealer,
  { password = '', ...changes }: ProfileChanges,
): string[] {
  const given = Object.entries(changes).filter(([, value]) => value !== undefined);
  const changed = given.filter(([field, value]) => profile[field as keyof typeof changes] !== value);
  const names = changed.map(([field]) => field);
  if (password === '' && ['host', 'port', 'username'].some((field) => names.includes(field))) {
    throw invalid({ password: ['The password field is required when the host, port or username changes.'] });
  }
  Object.assign(profile, Object.fromEntries(changed));
  if (password !== '') {
    profile.passwordSealed = sealer.seal(password, passwordBinding(profile));
    names.push('password');
  }
  if (password !== '' || CONNECTION_FIELDS.some((field) => names.includes(field))) {
    profile.connectionStatus = 'untested';
    profile.lastTestedAt = null;
    profile.lastTestResult = null;
  }
  return names;
}

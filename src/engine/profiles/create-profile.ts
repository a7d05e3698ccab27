import type { EntityManager } from '@mikro-orm/postgresql';
import { randomUUID } from 'node:crypto';
import type { Actor } from '../../domain/actor.ts';
import { requirePermission } from '../../domain/policy.ts';
import { passwordBinding } from '../../domain/profile.ts';
import type { QueryConfiguration } from '../../domain/query.ts';
import type { Sealer } from '../../platform/sealing.ts';
import { ImportProfile } from '../../store/entities/import-profile.ts';
import { appendEvent } from '../../store/queries/events/events.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import type { ProfileInput } from './profile-input.ts';
import { viewProfile } from './profile-view.ts';
import type { Profile } from './profile-view.ts';

/** Makes a profile; its connection is untested until somebody tests it. */
export async function createProfile(
  { orm, sealer }: Pick<EngineDeps, 'orm' | 'sealer'>,
  actor: Actor,
  input: ProfileInput,
): Promise<Profile> {
  requirePermission(actor, 'system.import');
  return orm.em.fork().transactional(async (em) => {
    const profile = await addProfile(em, actor, sealer, input, { queries: {}, templateId: null });
    return viewProfile(em, profile);
  });
}

/** Makes a profile in the caller's transaction, with its event and audit entry. */
export async function addProfile(
  em: EntityManager,
  actor: Actor,
  sealer: Sealer,
  { password, ...input }: ProfileInput,
  configuration: { queries: Readonly<Record<string, QueryConfiguration>>; templateId: string | null },
): Promise<ImportProfile> {
  const owner = { id: randomUUID(), tenantId: actor.tenantId };
  const now = new Date();
  const profile = em.create(ImportProfile, {
    ...owner,
    ...input,
    ...configuration,
    passwordSealed: sealer.seal(password, passwordBinding(owner)),
    createdById: actor.userId,
    connectionStatus: 'untested',
    lastTestedAt: null,
    lastTestResult: null,
    createdAt: now,
    updatedAt: now,
  });
  await em.flush();
  await audit(em, actor, 'profile.created', { type: 'import_profile', id: profile.id }, { name: profile.name });
  await appendEvent(em, {
    tenantId: actor.tenantId,
    type: 'profile.created',
    profileId: profile.id,
    userId: actor.userId,
    data: { name: profile.name },
  });
  return profile;
}

import type { Actor } from '../../domain/actor.ts';
import { openSource } from '../../sources/postgres/connection/connection.ts';
import type { SourceSession } from '../../sources/postgres/connection/session.ts';
import { connectionOf } from '../../sources/profile-connection.ts';
import type { ImportProfile } from '../../store/entities/import-profile.ts';
import type { EngineDeps } from '../deps.ts';
import { readProfile } from './find-profiles.ts';

export type SourceDeps = Pick<EngineDeps, 'orm' | 'guard' | 'sealer'>;

/** Which profile's source somebody asks about, and how he goes away. */
export interface SourceRequest {
  readonly profileId: string;
  readonly signal: AbortSignal;
}

/**
 * Works with the source database of a profile, in a session that ends with the work or with the caller's going away.
 * Throws `not_found`, `source_unreachable`, and what the work throws.
 */
export async function withSource<T>(
  { orm, guard, sealer }: SourceDeps,
  actor: Actor,
  { profileId, signal }: SourceRequest,
  work: (session: SourceSession, profile: ImportProfile) => Promise<T>,
): Promise<T> {
  const profile = await readProfile(orm.em.fork(), actor, profileId);
  await using session = await openSource(connectionOf(profile, sealer), guard, { signal });
  return await work(session, profile);
}

import type { Actor } from '../../domain/actor.ts';
import { requirePermission } from '../../domain/policy.ts';
import type { SourceConnection } from '../../domain/query.ts';
import { testConnection } from '../../sources/postgres/connection/test-connection.ts';
import type { ConnectionTest } from '../../sources/postgres/connection/test-connection.ts';
import type { ImportProfile } from '../../store/entities/import-profile.ts';
import { audit } from '../audit/audit.ts';
import type { EngineDeps } from '../deps.ts';
import { connectionOf } from '../../sources/profile-connection.ts';
import { holdProfile, readProfile } from './find-profiles.ts';
import { CONNECTION_FIELDS } from './profile-input.ts';

/** Tries a connection that nobody has saved. Trouble is a result, not an error; it comes within 10 seconds. */
export async function testNewConnection(
  { guard }: Pick<EngineDeps, 'guard'>,
  actor: Actor,
  connection: SourceConnection,
  signal: AbortSignal,
): Promise<ConnectionTest> {
  requirePermission(actor, 'system.import');
  return testConnection(connection, guard, { signal });
}

/** Tries a profile's connection and keeps the result with the profile, unless it was changed meanwhile. */
export async function testProfile(
  { orm, guard, sealer }: Pick<EngineDeps, 'orm' | 'guard' | 'sealer'>,
  actor: Actor,
  id: string,
  signal: AbortSignal,
): Promise<ConnectionTest> {
  const tested = await readProfile(orm.em.fork(), actor, id);
  const result = await testConnection(connectionOf(tested, sealer), guard, { signal });
  await orm.em.fork().transactional(async (em) => {
    const profile = await holdProfile(em, actor, id);
    if (!sameConnection(profile, tested)) return;
    const now = new Date();
    profile.connectionStatus = result.success ? 'connected' : 'failed';
    profile.lastTestedAt = now;
    profile.updatedAt = now;
    profile.lastTestResult = result;
    await em.flush();
    await audit(em, actor, 'profile.tested', { type: 'import_profile', id }, { success: result.success });
  });
  return result;
}

function sameConnection(a: ImportProfile, b: ImportProfile): boolean {
  return a.passwordSealed === b.passwordSealed && CONNECTION_FIELDS.every((field) => a[field] === b[field]);
}

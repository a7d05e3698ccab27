import { randomBytes, randomUUIDv7 } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../domain/errors.ts';
import { makeFolder } from '../../platform/make-folder.ts';
import { Tenant } from '../../store/entities/tenant.ts';
import { User } from '../../store/entities/user.ts';
import { audit } from '../audit/audit.ts';
import type { StoreDeps } from './access-deps.ts';
import { insertUser } from './new-user.ts';

export interface FirstUserInput {
  readonly email: string;
  /** Null for a random one. */
  readonly password: string | null;
  /** Where a random password is kept, mode 0600. */
  readonly passwordFile: string;
}

export interface FirstUserResult {
  readonly created: boolean;
  /** The random password, to be shown this once; absent when it was given or the user was there already. */
  readonly password?: string;
}

/**
 * Makes the first user, owner and super admin of the tenant "Default", when the store holds no user at all. Any number
 * of processes may call it at once; a store that has users is never changed, whatever is given.
 */
export async function ensureFirstUser(deps: StoreDeps, input: FirstUserInput): Promise<FirstUserResult> {
  return deps.orm.em.fork().transactional(async (tx) => {
    await tx.execute(`select pg_advisory_xact_lock(hashtext('lading.first-user'))`);
    if ((await tx.count(User, {})) > 0) return { created: false };

    const password = input.password ?? randomBytes(18).toString('base64url');
    const tenant = tx.create(Tenant, { id: randomUUIDv7(), name: 'Default' });
    await tx.flush();
    const user = await insertUser(tx, {
      tenantId: tenant.id,
      name: 'Administrator',
      email: input.email,
      password,
      role: 'owner',
      permissions: null,
      superAdmin: true,
    });
    const subject = { type: 'user', id: user.id, tenantId: tenant.id };
    await audit(tx, null, 'user.created', subject, { email: user.email, role: user.role, first: true });
    if (input.password !== null) return { created: true };

    // Before the commit: a user whose password nobody knows would be worse than a file without a user.
    await writePrivately(input.passwordFile, `${password}\n`);
    return { created: true, password };
  });
}

async function writePrivately(path: string, text: string): Promise<void> {
  try {
    makeFolder(dirname(path));
    const unfinished = `${path}.${process.pid}.new`;
    await writeFile(unfinished, text, { mode: 0o600, flag: 'w' });
    await rename(unfinished, path);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const message = `The first user's password cannot be kept below LADING_HOME: ${reason}. Set LADING_ADMIN_PASSWORD, or LADING_HOME to another folder.`;
    throw new AppError('unavailable', message, { cause });
  }
}

import { randomUUIDv7 } from 'node:crypto';
import type { EntityManager } from '@mikro-orm/postgresql';
import type { Permission, Role } from '../../domain/actor.ts';
import { invalid } from '../../domain/errors.ts';
import { User } from '../../store/entities/user.ts';
import { isEmailTaken } from '../../store/queries/access/users.ts';
import { hashPassword } from './passwords.ts';

export interface NewUser {
  readonly tenantId: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly role: Role;
  /** Null for what the role has by default. */
  readonly permissions: readonly Permission[] | null;
  readonly superAdmin?: boolean;
}

/**
 * Writes a user in the caller's transaction. An e-mail that somebody has, in whichever tenant, is `validation` on
 * `emailField`; the transaction cannot go on after that.
 */
export async function insertUser(em: EntityManager, input: NewUser, emailField = 'email'): Promise<User> {
  const user = em.create(User, {
    id: randomUUIDv7(),
    tenantId: input.tenantId,
    name: input.name,
    email: input.email,
    passwordHash: await hashPassword(input.password),
    role: input.role,
    permissions: input.permissions === null ? null : [...input.permissions],
    superAdmin: input.superAdmin ?? false,
  });
  await flushUsers(em, emailField);
  return user;
}

/** Writes what was changed of users, with the mistake named when an e-mail is taken. */
export async function flushUsers(em: EntityManager, emailField = 'email'): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    if (isEmailTaken(error)) throw invalid({ [emailField]: ['The email has already been taken.'] });
    throw error;
  }
}

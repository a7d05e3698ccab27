import type { MikroORM } from '@mikro-orm/postgresql';
import { randomBytes, randomUUIDv7 } from 'node:crypto';
import type { Actor, Permission, Role } from '../../src/domain/actor.ts';
import { actorOf } from '../../src/engine/access/identity.ts';
import { insertUser } from '../../src/engine/access/new-user.ts';
import { Tenant } from '../../src/store/entities/tenant.ts';
import type { User } from '../../src/store/entities/user.ts';

/** The password of every user a factory makes, unless it is told another. */
export const PASSWORD = 'correct horse battery staple';

export interface TenantOptions {
  readonly name?: string;
}

/** A tenant with nobody in it. */
export async function makeTenant(orm: MikroORM, { name = 'Acme' }: TenantOptions = {}): Promise<Tenant> {
  const em = orm.em.fork();
  const tenant = em.create(Tenant, { id: randomUUIDv7(), name });
  await em.flush();
  return tenant;
}

export interface UserOptions {
  /** A tenant of his own when absent. */
  readonly tenantId?: string;
  readonly name?: string;
  readonly email?: string;
  readonly password?: string;
  readonly role?: Role;
  readonly permissions?: readonly Permission[] | null;
  readonly superAdmin?: boolean;
}

/** A user, by default the owner of a tenant made for him; his password is `PASSWORD`. */
export async function makeUser(orm: MikroORM, options: UserOptions = {}): Promise<User> {
  const tenantId = options.tenantId ?? (await makeTenant(orm)).id;
  return orm.em.fork().transactional((tx) =>
    insertUser(tx, {
      tenantId,
      name: options.name ?? 'Ada Lovelace',
      email: options.email ?? `user-${randomBytes(6).toString('hex')}@example.com`,
      password: options.password ?? PASSWORD,
      role: options.role ?? 'owner',
      permissions: options.permissions ?? null,
      superAdmin: options.superAdmin ?? false,
    }),
  );
}

/** The user as the actor he is after logging in. */
export async function actorFor(orm: MikroORM, user: User): Promise<Actor> {
  const tenant = await orm.em.fork().findOneOrFail(Tenant, { id: user.tenantId });
  return actorOf(
    {
      user_id: user.id,
      user_number: String(user.number),
      name: user.name,
      email: user.email,
      tenant_id: user.tenantId,
      tenant_name: tenant.name,
      role: user.role,
      permissions: user.permissions ?? null,
      super_admin: user.superAdmin,
    },
    null,
  );
}

/** A new user, by default the owner of a new tenant, as an actor. */
export async function makeActor(orm: MikroORM, options: UserOptions = {}): Promise<Actor> {
  return actorFor(orm, await makeUser(orm, options));
}

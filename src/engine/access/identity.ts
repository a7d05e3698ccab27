import type { Actor, Permission, Role } from '../../domain/actor.ts';
import { DEFAULT_PERMISSIONS } from '../../domain/actor.ts';
import type { IdentityRow } from '../../store/queries/access/identities.ts';

/** What somebody brought to say who he is. A bearer decides; the cookie counts only where there is none. */
export interface Credentials {
  readonly bearer: string | null;
  readonly cookie: string | null;
}

/** By what somebody was let in, so that it can be asked again whether it still holds. One of the two is null. */
export interface Admission {
  /** The login session, or null when an API token brought him. */
  readonly sessionId: string | null;
  /** The API token, or null when he logged in. */
  readonly tokenId: string | null;
}

/** Somebody whose credentials were good. */
export interface Identity extends Admission {
  readonly actor: Actor;
}

/** What a user may do: what was granted to him by name, or what his role has. */
export function permissionsOf(user: {
  role: Role;
  permissions?: readonly Permission[] | null | undefined;
}): readonly Permission[] {
  return user.permissions ?? DEFAULT_PERMISSIONS[user.role];
}

/** The user as an actor; a token's own permissions (null for none) only ever take away. */
export function actorOf(row: IdentityRow, limitedTo: readonly Permission[] | null): Actor {
  const permissions = permissionsOf(row);
  return {
    userId: row.user_id,
    userNumber: Number(row.user_number),
    name: row.name,
    email: row.email,
    tenantId: row.tenant_id,
    tenantName: row.tenant_name,
    role: row.role,
    permissions: limitedTo === null ? permissions : permissions.filter((permission) => limitedTo.includes(permission)),
    superAdmin: row.super_admin && limitedTo === null,
    ...(limitedTo === null ? {} : { restricted: true }),
  };
}

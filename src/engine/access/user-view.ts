import type { Permission, Role } from '../../domain/actor.ts';
import type { User } from '../../store/entities/user.ts';
import { permissionsOf } from './identity.ts';

/** A user as he may be shown: everything but what he logs in with. */
export interface UserView {
  readonly id: string;
  readonly number: number;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  /** What he may do in effect. */
  readonly permissions: readonly Permission[];
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

export function viewUser(user: User): UserView {
  return {
    id: user.id,
    number: user.number,
    name: user.name,
    email: user.email,
    role: user.role,
    permissions: permissionsOf(user),
    createdAt: user.createdAt,
    updatedAt: user.updatedAt,
  };
}

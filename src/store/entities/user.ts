import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Permission, Role } from '../../domain/actor.ts';

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'users',
  properties: {
    id: p.uuid().primary(),
    /** For dialects whose ids are integers. */
    number: p.bigint('number').autoincrement().unique(),
    tenantId: p.uuid(),
    name: p.text(),
    /** As it was given; unique without regard to case among all tenants. */
    email: p.text(),
    /** Argon2id in PHC form. */
    passwordHash: p.text(),
    role: p.text().$type<Role>(),
    /** Null for what the role has by default. */
    permissions: p.array().$type<Permission[]>().nullable(),
    /** May make tenants. */
    superAdmin: p.boolean().default(false),
    createdAt: p.datetime().defaultRaw('now()'),
    updatedAt: p.datetime().defaultRaw('now()'),
  },
});

/** Somebody who may log in, in one tenant. */
export class User extends UserSchema.class {}
UserSchema.setClass(User);

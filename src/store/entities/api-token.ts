import { defineEntity, p } from '@mikro-orm/postgresql';
import type { Permission } from '../../domain/actor.ts';

const ApiTokenSchema = defineEntity({
  name: 'ApiToken',
  tableName: 'api_tokens',
  properties: {
    id: p.uuid().primary(),
    userId: p.uuid(),
    name: p.text(),
    /** SHA-256 of the token, which is shown once and kept nowhere. */
    secretHash: p.blob(),
    /** Null for all that its user may do; else only what both have. */
    permissions: p.array().$type<Permission[]>().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
    expiresAt: p.datetime().nullable(),
    /** Written at most once a minute. */
    lastUsedAt: p.datetime().nullable(),
  },
});

/** A bearer token for programs, acting as the user who made it. */
export class ApiToken extends ApiTokenSchema.class {}
ApiTokenSchema.setClass(ApiToken);

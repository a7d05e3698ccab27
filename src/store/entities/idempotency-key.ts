import { defineEntity, p } from '@mikro-orm/postgresql';

const IdempotencyKeySchema = defineEntity({
  name: 'IdempotencyKey',
  tableName: 'idempotency_keys',
  properties: {
    userId: p.uuid().primary(),
    key: p.text().primary(),
    /** SHA-256 of method, path and body: the same key for another request is a mistake. */
    fingerprint: p.blob(),
    /** Names the request that works on it; whoever takes a stale claim over puts in his own. */
    claim: p.uuid(),
    claimedUntil: p.datetime(),
    /** Null until there is an answer. */
    status: p.smallint().nullable(),
    answerSealed: p.text().nullable(),
    createdAt: p.datetime().defaultRaw('now()'),
    expiresAt: p.datetime(),
  },
});

/** The answer a user's request got, kept so that its repetition gets the same one and does nothing again. */
export class IdempotencyKey extends IdempotencyKeySchema.class {}
IdempotencyKeySchema.setClass(IdempotencyKey);

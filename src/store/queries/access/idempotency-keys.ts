import type { EntityManager } from '@mikro-orm/postgresql';

/** Hours an answer is kept for the request's repetition. */
export const KEPT_HOURS = 24;

/** Seconds after which a request that no longer says it is being worked on may be taken over. */
export const CLAIM_SECONDS = 30;

export interface KeyOfRequest {
  readonly userId: string;
  readonly key: string;
  readonly fingerprint: Buffer;
  /** Names the caller's attempt. */
  readonly claim: string;
}

export type ClaimOutcome =
  | { readonly kind: 'claimed' }
  | { readonly kind: 'busy' }
  | { readonly kind: 'other_request' }
  | { readonly kind: 'answered'; readonly status: number; readonly sealed: string };

/**
 * Takes a user's key for one request, unless it has an answer, belongs to another request or is being worked on. A key
 * past its time is new again; one whose process died is free after `CLAIM_SECONDS`.
 */
export async function claimKey(em: EntityManager, request: KeyOfRequest): Promise<ClaimOutcome> {
  const { userId, key, fingerprint, claim } = request;
  const taken: unknown[] = await em.execute(
    `insert into "idempotency_keys" as k
       ("user_id", "key", "fingerprint", "claim", "claimed_until", "expires_at")
     values (?::uuid, ?, ?, ?::uuid, now() + make_interval(secs => ?), now() + make_interval(hours => ?))
     on conflict ("user_id", "key") do update set
       "fingerprint" = excluded."fingerprint", "claim" = excluded."claim", "claimed_until" = excluded."claimed_until",
       "expires_at" = excluded."expires_at", "created_at" = now(), "status" = null, "answer_sealed" = null
     where k."expires_at" < now()
       or (k."status" is null and k."claimed_until" < now() and k."fingerprint" = excluded."fingerprint")
     returning "claim"`,
    [userId, key, fingerprint, claim, CLAIM_SECONDS, KEPT_HOURS],
  );
  if (taken.length > 0) return { kind: 'claimed' };

  const rows: { same: boolean; status: number | null; answer_sealed: string | null }[] = await em.execute(
    `select "fingerprint" = ? as "same", "status", "answer_sealed" from "idempotency_keys"
     where "user_id" = ?::uuid and "key" = ?`,
    [fingerprint, userId, key],
  );
  const [row] = rows;
  // Gone since: whoever held it has just let it go without an answer.
  if (row === undefined) return { kind: 'busy' };
  if (!row.same) return { kind: 'other_request' };
  if (row.status === null || row.answer_sealed === null) return { kind: 'busy' };
  return { kind: 'answered', status: row.status, sealed: row.answer_sealed };
}

/** Says that the request is still being worked on. */
export async function renewClaim(em: EntityManager, { userId, key, claim }: KeyOfRequest): Promise<void> {
  await em.execute(
    `update "idempotency_keys" set "claimed_until" = now() + make_interval(secs => ?)
     where "user_id" = ?::uuid and "key" = ? and "claim" = ?::uuid`,
    [CLAIM_SECONDS, userId, key, claim],
    'run',
  );
}

/** Keeps the request's answer, unless somebody took the claim over meanwhile. */
export async function keepAnswer(
  em: EntityManager,
  { userId, key, claim }: KeyOfRequest,
  status: number,
  sealed: string,
): Promise<void> {
  await em.execute(
    `update "idempotency_keys" set "status" = ?, "answer_sealed" = ?
     where "user_id" = ?::uuid and "key" = ? and "claim" = ?::uuid`,
    [status, sealed, userId, key, claim],
    'run',
  );
}

/** Gives the key free again: the request came to no answer that would hold for its repetition. */
export async function releaseClaim(em: EntityManager, { userId, key, claim }: KeyOfRequest): Promise<void> {
  await em.execute(
    `delete from "idempotency_keys" where "user_id" = ?::uuid and "key" = ? and "claim" = ?::uuid`,
    [userId, key, claim],
    'run',
  );
}

/** Removes some of what is past its time; called now and then, so that it never is much. */
export async function forgetExpiredKeys(em: EntityManager): Promise<void> {
  await em.execute(
    `delete from "idempotency_keys" where ("user_id", "key") in (
       select "user_id", "key" from "idempotency_keys" where "expires_at" < now() limit 100 for update skip locked
     )`,
    [],
    'run',
  );
}

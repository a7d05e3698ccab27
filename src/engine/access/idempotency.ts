import type { EntityManager, MikroORM } from '@mikro-orm/postgresql';
import { createHash, randomInt, randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Actor } from '../../domain/actor.ts';
import { AppError, invalid } from '../../domain/errors.ts';
import type { Sealer } from '../../platform/sealing.ts';
import {
  CLAIM_SECONDS,
  claimKey,
  forgetExpiredKeys,
  keepAnswer,
  releaseClaim,
  renewClaim,
} from '../../store/queries/access/idempotency-keys.ts';
import type { ClaimOutcome, KeyOfRequest } from '../../store/queries/access/idempotency-keys.ts';

/** An answer as it is kept; `payload` is whatever the caller needs to give it again. */
export interface KeptAnswer {
  readonly status: number;
  readonly payload: string;
}

export interface OnceInput {
  /** The client's own name for the request. */
  readonly key: string;
  /** All that makes the request what it is; the same key with another is a mistake. */
  readonly request: string;
}

/** Does a request once, however often it is sent. */
export interface Idempotency {
  /**
   * The kept answer of the same request, or else that of `act`, of which `keep` says what is kept for a day; null keeps
   * nothing. While the same request is being worked on its answer is waited for. `validation` when the key was used for
   * another request, `conflict` when it is still being worked on after all.
   */
  once<A>(
    actor: Actor,
    input: OnceInput,
    act: () => Promise<A>,
    keep: (answer: A) => KeptAnswer | null,
  ): Promise<{ replayed: KeptAnswer } | { fresh: A }>;
}

/** How long a repetition waits for the first one's answer, and how long between two looks. */
const PATIENCE_MS = 8_000;
const LOOKS_MS = { first: 20, last: 300 };

/** Answers kept in the store, sealed: one may hold what is shown only once. */
export function createIdempotency(deps: {
  readonly orm: MikroORM;
  readonly sealer: Sealer;
  readonly patienceMs?: number;
}): Idempotency {
  return {
    async once(actor, input, act, keep) {
      const em = deps.orm.em.fork();
      const binding = { tenantId: actor.tenantId, recordId: actor.userId, purpose: `idempotency.answer:${input.key}` };
      const mine: KeyOfRequest = {
        userId: actor.userId,
        key: input.key,
        fingerprint: createHash('sha256').update(input.request).digest(),
        claim: randomUUID(),
      };
      if (randomInt(50) === 0) await forgetExpiredKeys(em);
      const outcome = await settled(em, mine, deps.patienceMs ?? PATIENCE_MS);
      if (outcome.kind === 'other_request') {
        throw invalid({ 'Idempotency-Key': ['This key was used for another request.'] });
      }
      if (outcome.kind === 'busy') {
        throw new AppError('conflict', 'A request with the same Idempotency-Key is being worked on.');
      }
      if (outcome.kind === 'answered') {
        return { replayed: { status: outcome.status, payload: deps.sealer.open(outcome.sealed, binding) } };
      }
      return {
        fresh: await whileClaimed(deps.orm, mine, act, async (answer) => {
          const kept = keep(answer);
          if (kept === null) return false;
          await keepAnswer(em, mine, kept.status, deps.sealer.seal(kept.payload, binding));
          return true;
        }),
      };
    },
  };
}

/** Keeps the claim alive while the work goes on, and lets it go when the work comes to nothing that is kept. */
async function whileClaimed<A>(
  orm: MikroORM,
  mine: KeyOfRequest,
  act: () => Promise<A>,
  keep: (answer: A) => Promise<boolean>,
): Promise<A> {
  const em = orm.em.fork();
  let renewal = Promise.resolve();
  const timer = setInterval(
    () => {
      // A renewal that fails costs at worst the claim; the next one tries again.
      renewal = renewClaim(em, mine).catch(() => undefined);
    },
    (CLAIM_SECONDS * 1000) / 3,
  );
  let kept = false;
  try {
    const answer = await act();
    kept = await keep(answer);
    return answer;
  } finally {
    clearInterval(timer);
    await renewal;
    if (!kept) await releaseClaim(em, mine);
  }
}

/** Claims the key, or waits until whoever has it has answered or let it go. */
async function settled(em: EntityManager, request: KeyOfRequest, patienceMs: number): Promise<ClaimOutcome> {
  const end = performance.now() + patienceMs;
  for (let wait = LOOKS_MS.first; ; wait = Math.min(wait * 2, LOOKS_MS.last)) {
    const outcome = await claimKey(em, request);
    if (outcome.kind !== 'busy' || performance.now() + wait > end) return outcome;
    await pause(wait);
  }
}

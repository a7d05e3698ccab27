import { Readable } from 'node:stream';
import { z } from 'zod';
import { statusOf } from '../../dialects/answer.ts';
import type { Route, Wire } from '../../dialects/dialect.ts';
import type { RequestContext } from '../../dialects/request-state.ts';
import { AppError } from '../../domain/errors.ts';
import type { Idempotency, KeptAnswer } from '../../engine/access/idempotency.ts';
import { canonicalJson } from './canonical-json.ts';

/** The header of an answer that was given before; nothing was done for this one. */
export const REPLAYED = 'Idempotency-Replayed';

const MAX_KEY = 255;

/** Answers that another moment may give otherwise; a repetition deserves its own try. */
const NOT_FINAL: ReadonlySet<number> = new Set([401, 403, 408, 409, 425, 429]);

const keptWire = z.object({
  headers: z.record(z.string(), z.string()).optional(),
  body: z.union([z.string(), z.record(z.string(), z.unknown()), z.array(z.unknown()), z.null()]).optional(),
});

/**
 * A POST with an `Idempotency-Key` is done once: its repetition gets the same answer. Answers are kept for a day, unless
 * they are streams, our own failures or would be otherwise another time.
 */
export async function actOnce(
  ctx: RequestContext,
  route: Route,
  idempotency: Idempotency,
  act: () => Promise<Wire>,
): Promise<Wire> {
  const key = ctx.get('Idempotency-Key');
  const { identity } = ctx.state;
  // Of what a route reads itself nobody knows beforehand whether it was sent before.
  if (route.method !== 'post' || key === '' || identity === null || route.stream !== undefined) return act();
  if (key.length > MAX_KEY) {
    throw new AppError('bad_request', `The Idempotency-Key must not be longer than ${MAX_KEY} characters.`);
  }
  const request = canonicalJson([ctx.path, ctx.querystring, ctx.state.fingerprint ?? ctx.state.json ?? null]);
  const outcome = await idempotency.once(identity.actor, { key, request }, act, keep);
  return 'replayed' in outcome ? wireOf(outcome.replayed) : outcome.fresh;
}

function keep(wire: Wire): KeptAnswer | null {
  const { headers, body } = wire;
  const status = statusOf(wire);
  if (status >= 500 || NOT_FINAL.has(status) || body instanceof Readable) return null;
  return { status, payload: JSON.stringify({ headers, body }) };
}

function wireOf({ status, payload }: KeptAnswer): Wire {
  const { headers, body } = keptWire.parse(JSON.parse(payload));
  const replayed = { ...headers, [REPLAYED]: 'true' };
  return { status, headers: replayed, ...(body === undefined ? {} : { body }) };
}

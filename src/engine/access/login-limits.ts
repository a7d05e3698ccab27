import type { MikroORM } from '@mikro-orm/postgresql';
import { createHash } from 'node:crypto';
import { AppError } from '../../domain/errors.ts';
import { consume, createLimiter } from './rate-limits.ts';

const WINDOW_SECONDS = 5 * 60;

/** Wrong passwords of one e-mail, wherever they come from, within five minutes. */
const ATTEMPTS_PER_EMAIL = 20;

/** Wrong passwords from one address, whatever the e-mail, within five minutes. */
const ATTEMPTS_PER_ADDRESS = 100;

/** Slows down whoever guesses passwords. */
export interface LoginLimits {
  /** Counts an attempt before the password is looked at; throws `rate_limited` when there were too many. */
  attempt(email: string, address: string): Promise<void>;
  /** Takes back what was counted of an attempt that turned out right, and forgives the e-mail's earlier ones. */
  succeeded(email: string, address: string): Promise<void>;
}

/** Limits that all API processes share. */
export function createLoginLimits(orm: MikroORM): LoginLimits {
  const shared = { duration: WINDOW_SECONDS, blocksInMemory: false };
  const perEmail = createLimiter(orm, { ...shared, keyPrefix: 'login:email', points: ATTEMPTS_PER_EMAIL });
  const perAddress = createLimiter(orm, { ...shared, keyPrefix: 'login:address', points: ATTEMPTS_PER_ADDRESS });
  return {
    async attempt(email, address) {
      const counts = await Promise.all([consume(perEmail, keyOf(email)), consume(perAddress, address)]);
      const refused = counts
        .filter((count) => count.retryAfter !== null)
        .toSorted((a, b) => b.resetAt - a.resetAt)
        .at(0);
      if (refused) throw new AppError('rate_limited', 'Too many login attempts.', { details: { ...refused } });
    },
    async succeeded(email, address) {
      await Promise.all([perEmail.delete(keyOf(email)), perAddress.reward(address)]);
    },
  };
}

/** No limits, for `LADING_RATE_LIMITS=off`. */
export const NO_LOGIN_LIMITS: LoginLimits = { attempt: () => Promise.resolve(), succeeded: () => Promise.resolve() };

/** The limiter's keys are short, an e-mail somebody makes up is not. */
function keyOf(email: string): string {
  return createHash('sha256').update(email.toLowerCase()).digest('base64url');
}

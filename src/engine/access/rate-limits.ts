import type { MikroORM } from '@mikro-orm/postgresql';
import type { QueryConfig } from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

/** How somebody stands with one limit. */
export interface Allowance {
  readonly limit: number;
  readonly remaining: number;
  /** When the count starts anew: unix time in seconds. */
  readonly resetAt: number;
  /** Whole seconds until then, when this request was one too many; null when it was not. */
  readonly retryAfter: number | null;
}

/** Counts requests in the store, so that all API processes share the count. */
export interface RateLimits {
  /**
   * Counts one request of `key` in `group` and says how it stands; null where limits are off. One round trip, and none
   * for somebody who is over the limit already.
   */
  take(group: string, key: string, perMinute: number): Promise<Allowance | null>;
}

/** Limits that count in the table `rate_limits`. */
export function createRateLimits(orm: MikroORM): RateLimits {
  const limiters = new Map<string, RateLimiterPostgres>();
  return {
    async take(group, key, perMinute) {
      const name = `${group}:${perMinute}`;
      let limiter = limiters.get(name);
      if (limiter === undefined) {
        limiter = createLimiter(orm, { keyPrefix: group, points: perMinute, duration: 60, blocksInMemory: true });
        limiters.set(name, limiter);
      }
      return consume(limiter, key);
    },
  };
}

/** Limits that let everything pass, for `LADING_RATE_LIMITS=off`. */
export const NO_RATE_LIMITS: RateLimits = { take: () => Promise.resolve(null) };

export interface LimiterOptions {
  readonly keyPrefix: string;
  readonly points: number;
  /** Seconds. */
  readonly duration: number;
  /** Refuses from memory who is known to be over the limit; such a one cannot be let in again before the time is up. */
  readonly blocksInMemory: boolean;
}

/** A limiter that counts in the store. */
export function createLimiter(orm: MikroORM, options: LimiterOptions): RateLimiterPostgres {
  return new RateLimiterPostgres({
    storeClient: {
      query: async (query: QueryConfig) => (await orm.em.getConnection().getNativeClient()).query(query),
    },
    storeType: 'pool',
    tableName: 'rate_limits',
    tableCreated: true,
    keyPrefix: options.keyPrefix,
    points: options.points,
    duration: options.duration,
    ...(options.blocksInMemory ? { inMemoryBlockOnConsumed: options.points } : {}),
  });
}

/** Counts one point; a count over the limit is an answer, not an error. */
export async function consume(limiter: RateLimiterPostgres, key: string): Promise<Allowance> {
  try {
    return allowance(limiter.points, await limiter.consume(key), false);
  } catch (error) {
    if (error instanceof RateLimiterRes) return allowance(limiter.points, error, true);
    throw error;
  }
}

function allowance(limit: number, result: RateLimiterRes, refused: boolean): Allowance {
  const seconds = Math.max(1, Math.ceil(result.msBeforeNext / 1000));
  return {
    limit,
    remaining: refused ? 0 : result.remainingPoints,
    resetAt: Math.ceil((Date.now() + result.msBeforeNext) / 1000),
    retryAfter: refused ? seconds : null,
  };
}

import type { Dialect, Route } from '../../dialects/dialect.ts';
import { limitHeaders } from '../../dialects/failures.ts';
import type { Stage } from '../../dialects/request-state.ts';
import { AppError } from '../../domain/errors.ts';
import type { RateLimits } from '../../engine/access/rate-limits.ts';

/**
 * Counts the request in its route's group: of the user, or of the address where nobody is logged in. Every answer says
 * how the caller stands. A group the dialect has no number for does not exist.
 */
export function rateLimit(dialect: Dialect, route: Route, limits: RateLimits): Stage | null {
  const { limit: group } = route;
  if (group === undefined) return null;
  const perMinute = dialect.limits[group];
  if (perMinute === undefined) throw new Error(`${dialect.name} has no rate limit "${group}"`);
  return async function limitRate(ctx, next) {
    const { identity, address } = ctx.state;
    const allowance = await limits.take(`${dialect.name}:${group}`, identity?.actor.userId ?? address, perMinute);
    if (allowance !== null) {
      if (allowance.retryAfter !== null) {
        throw new AppError('rate_limited', 'Too many requests.', { details: { ...allowance } });
      }
      ctx.set(limitHeaders({ ...allowance }));
    }
    return next();
  };
}

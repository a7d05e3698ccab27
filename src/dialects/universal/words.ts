import type { RateLimits } from '../dialect.ts';

/** Requests a minute of one user, as document 000 lists them. */
export const LIMITS = {
  profiles: 60,
  connection: 10,
  builder: 30,
  templates: 20,
  jobs: 120,
} as const satisfies RateLimits;

/** A moment as this dialect writes it, or null. */
export function moment(date: Date): string;
export function moment(date: Date | null | undefined): string | null;
export function moment(date: Date | null | undefined): string | null {
  return date?.toISOString() ?? null;
}

import type { Stage } from '../dialects/request-state.ts';
import { inTime } from './in-time.ts';

/** What has to be in order before a process can serve, by name; a check that rejects says why in its message. */
export type ReadinessChecks = Readonly<
  Record<'database' | 'temporal' | 'worker', (signal: AbortSignal) => Promise<void>>
>;

/**
 * Told why a check failed, once each time it begins to fail: it is asked every moment while something starts. The answer
 * itself only names the check, for it is open to everybody.
 */
export type ReportUnready = (check: string, reason: unknown) => void;

const PATIENCE_MS = 3_000;

/** `/health/live`: the process lives. `/health/ready`: it can serve, or what is missing. */
export function health(checks: ReadinessChecks, report: ReportUnready): Stage {
  const failing = new Set<string>();
  const reportOnce: ReportUnready = (name, reason) => {
    if (!failing.has(name)) report(name, reason);
    failing.add(name);
  };
  return async function answerHealth(ctx, next) {
    if (ctx.path === '/health/live') {
      ctx.body = { status: 'live' };
    } else if (ctx.path === '/health/ready') {
      const outcomes = await Promise.all(
        Object.entries(checks).map(([name, check]) => outcomeOf(name, check, reportOnce)),
      );
      for (const [name, outcome] of outcomes) if (outcome === 'ok') failing.delete(name);
      const ready = outcomes.every(([, outcome]) => outcome === 'ok');
      ctx.status = ready ? 200 : 503;
      ctx.body = { status: ready ? 'ready' : 'not ready', checks: Object.fromEntries(outcomes) };
    } else {
      return next();
    }
    ctx.set('Cache-Control', 'no-store');
    return undefined;
  };
}

async function outcomeOf(
  name: string,
  check: (signal: AbortSignal) => Promise<void>,
  report: ReportUnready,
): Promise<[string, string]> {
  try {
    await inTime(PATIENCE_MS, check);
    return [name, 'ok'];
  } catch (reason) {
    report(name, reason);
    return [name, reason instanceof Error && reason.name === 'TimeoutError' ? 'timed out' : 'failed'];
  }
}

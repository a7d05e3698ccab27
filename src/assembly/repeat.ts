import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../platform/logger.ts';

/**
 * Does something at once and then again and again, with a rest between. What fails is logged and tried again at its
 * next turn. `stop` resolves when the turn under way has ended.
 */
export function repeat(
  restMs: number,
  logger: Logger,
  what: string,
  act: () => Promise<void>,
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  const turns = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await act().catch((error: unknown) => logger.warn({ err: error }, `${what} failed`));
      await delay(restMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const ended = turns();
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

/**
 * Lets at most so many acts run at once in this process; others wait for their turn, in order. An act whose signal is
 * aborted while it waits never runs: the signal's reason is thrown.
 */
export function takeTurns(atOnce: number): <T>(signal: AbortSignal, act: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting = new Set<() => void>();

  const turn = async (signal: AbortSignal): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const leave = (): void => {
      if (waiting.delete(resolve)) reject(signal.reason);
    };
    waiting.add(resolve);
    signal.addEventListener('abort', leave, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  };

  return async (signal, act) => {
    signal.throwIfAborted();
    // Whoever ends hands his place over, so nobody can slip in between.
    if (running >= atOnce) await turn(signal);
    else running++;
    try {
      return await act();
    } finally {
      const [next] = waiting;
      if (next) {
        waiting.delete(next);
        next();
      } else running--;
    }
  };
}

export interface WatchOptions {
  /** Ends the reading with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds that the next piece may be waited for; for ever when not given. */
  readonly stallMs?: number;
  /** What is thrown when it did not come in time. */
  readonly onStall?: () => Error;
}

/**
 * Passes on what another iterable gives, and never waits longer than allowed: neither a signal nor a silent peer is
 * stuck behind a `next()` that does not come back. The time its consumer takes does not count.
 */
export async function* watched<T>(
  source: AsyncIterable<T>,
  { signal, stallMs, onStall = () => new Error('nothing came in time') }: WatchOptions,
): AsyncGenerator<T, void, undefined> {
  signal?.throwIfAborted();
  const iterator = source[Symbol.asyncIterator]();
  let failure: Error | null = null;
  // Of the one `next()` that is waited for; a promise that outlives it would hold on to all that ever came.
  let giveUp: ((error: Error) => void) | null = null;
  const fail = (error: Error): void => {
    failure ??= error;
    giveUp?.(failure);
  };
  const onAbort = (): void => fail(asError(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => void (giveUp === null || fail(onStall())), stallMs ?? 0);
  if (stallMs === undefined) clearTimeout(timer);
  let ended = false;
  try {
    for (;;) {
      const { promise, resolve, reject } = Promise.withResolvers<IteratorResult<T, unknown>>();
      giveUp = reject;
      if (stallMs !== undefined) timer.refresh();
      if (failure !== null) reject(failure);
      else iterator.next().then(resolve, reject);
      const { done, value } = await promise;
      giveUp = null;
      if (done === true) {
        ended = true;
        return;
      }
      yield value;
    }
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: a generator that hangs in its own `await` would never answer.
    if (!ended) iterator.return?.().then(undefined, () => undefined);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('stopped');
}

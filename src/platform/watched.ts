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
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  stopped.catch(() => undefined);
  const onAbort = (): void => reject(asError(signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  let ended = false;
  try {
    for (;;) {
      const timer = stallMs === undefined ? undefined : setTimeout(() => reject(onStall()), stallMs);
      try {
        const { done, value } = await Promise.race([iterator.next(), stopped]);
        if (done === true) {
          ended = true;
          return;
        }
        clearTimeout(timer);
        yield value;
      } finally {
        clearTimeout(timer);
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    // Not awaited: a generator that hangs in its own `await` would never answer.
    if (!ended) iterator.return?.().then(undefined, () => undefined);
  }
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error('stopped');
}

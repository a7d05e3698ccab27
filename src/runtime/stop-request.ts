const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Aborts when this process is asked to stop: Ctrl-C, SIGTERM, or its terminal closing. Asking again changes nothing:
 * npm passes a Ctrl-C on that the terminal has already sent.
 */
export function stopRequest(): AbortSignal {
  const asked = new AbortController();
  for (const signal of SIGNALS) process.on(signal, () => asked.abort());
  // Output may go to a pipe whose reader leaves, as `npm start | head` does; that is no reason to die.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  return asked.signal;
}

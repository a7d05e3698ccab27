import type { IncomingMessage } from 'node:http';

/** A caller who sends more than this after he has been refused is cut off. */
const DRAIN_BYTES = 64 * 2 ** 20;
const DRAIN_MS = 20_000;

/**
 * Takes in what a caller goes on sending whose request is refused, for a while: many read an answer only when they have
 * sent everything, and closing the connection at once would take it from them.
 */
export function drain(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let bytes = 0;
  const end = (): void => void request.destroy();
  const timer = setTimeout(end, DRAIN_MS);
  timer.unref();
  request.once('close', () => clearTimeout(timer));
  request.once('end', () => clearTimeout(timer));
  request.on('error', () => undefined);
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > DRAIN_BYTES) end();
  });
  request.resume();
}

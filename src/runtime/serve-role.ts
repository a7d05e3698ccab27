import { flushCompileCache } from 'node:module';
import { startPulse } from './pulse.ts';
import { stopRequest } from './stop-request.ts';

/** What closing may take before the process leaves anyway; everything is made to be killed. */
const CLOSE_MS = 7000;

/**
 * Runs a serving role until it is asked to stop, then closes it. Resolves to the exit code. `pulseFile` is where a
 * supervisor looks whether this process still does something.
 */
export async function serveUntilAsked(
  start: () => Promise<{ close(): Promise<void> }>,
  pulseFile: string | undefined,
): Promise<number> {
  const stop = stopRequest();
  const pulse = pulseFile === undefined ? null : startPulse(pulseFile);
  const asked = Promise.withResolvers<void>();
  stop.addEventListener('abort', () => {
    asked.resolve();
    setTimeout(() => {
      console.error(`Not closed within ${CLOSE_MS / 1000} s: leaving what is open`);
      process.exit(1);
    }, CLOSE_MS).unref();
  });
  const role = await start();
  pulse?.markReady();
  // A process that is killed never gets to keep what it compiled.
  flushCompileCache();
  await asked.promise;
  await role.close();
  pulse?.end();
  return 0;
}

import { existsSync } from 'node:fs';
import type { HomeConfig } from '../config.ts';
import { startEmbedded } from './embedded.ts';
import type { Embedded } from './embedded.ts';
import { stopRequest } from './stop-request.ts';

/**
 * The role `all`: starts everything, says where it is, and serves until it is asked to stop. Resolves to the exit code;
 * being asked to stop while still starting is no failure.
 */
export async function serveEmbedded(config: HomeConfig): Promise<number> {
  await whileServing(config, (_embedded, stop) => asked(stop));
  return 0;
}

/** Starts everything, says where it is, has it used, and stops it; null when it was asked to stop while still starting. */
export async function whileServing<T>(
  config: HomeConfig,
  use: (embedded: Embedded, stop: AbortSignal) => Promise<T>,
): Promise<T | null> {
  const stop = stopRequest();
  const started = performance.now();
  console.log(`Lading is starting, its home is ${config.home.path}`);
  let embedded: Embedded;
  try {
    embedded = await startEmbedded(config, (line) => console.log(`  ${line}`), stop);
  } catch (error) {
    if (!stop.aborted) throw error;
    console.log('Lading was stopped while it was starting');
    return null;
  }
  try {
    announce(embedded, config.auth.adminEmail, (performance.now() - started) / 1000);
    return await use(embedded, stop);
  } finally {
    console.log('Lading is stopping');
    await embedded.stop();
    console.log('Lading has stopped');
  }
}

/** Resolves when it is asked to stop. */
export async function asked(stop: AbortSignal): Promise<void> {
  if (!stop.aborted) await new Promise((resolve) => stop.addEventListener('abort', resolve, { once: true }));
}

/** Tells where everything is, once all of it is ready; a password is shown at the start that made it and never again. */
function announce(embedded: Embedded, adminEmail: string, seconds: number): void {
  const { home, newAdminPassword } = embedded;
  const kept = existsSync(home.adminPassword) ? `, first password in ${home.adminPassword}` : '';
  const told = newAdminPassword === null ? kept : `, password ${newAdminPassword} (also in ${home.adminPassword})`;
  console.log(`Lading is ready at ${embedded.baseUrl}`);
  console.log(`  First user    ${adminEmail}${told}`);
  console.log(`  Temporal UI   ${embedded.temporalUi}`);
  console.log(`  Logs          ${home.log}`);
  console.log(`  Started in ${seconds.toFixed(1)} s. Ctrl-C stops all of it.`);
}

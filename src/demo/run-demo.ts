import type { HomeConfig } from '../config.ts';
import type { Embedded } from '../runtime/embedded.ts';
import { readIfThere } from '../runtime/home.ts';
import { asked, whileServing } from '../runtime/serve.ts';
import { ApiClient, ApiError } from './api-client.ts';
import { makeDemoDatabase } from './demo-database.ts';
import { demoOptions } from './demo-options.ts';
import type { DemoOptions } from './demo-options.ts';
import { misfits, outcomeTable } from './demo-report.ts';
import type { TypeOutcome } from './demo-report.ts';
import { DumpError } from './dump-reader.ts';
import { countFreescout } from './freescout-counts.ts';
import { describeFreescout } from './freescout-generator.ts';
import { importHelpDesk } from './import-help-desk.ts';
import type { HelpDesk } from './import-help-desk.ts';
import { loadDump } from './load-dump.ts';
import { loadFreescout } from './load-freescout.ts';
import { whereItIsKept, whereToLook } from './where-to-look.ts';

const out = process.stdout;

/** Loads the help desk that is to be imported, with how many rows each type must give. */
async function prepareHelpDesk(serverUrl: string, options: DemoOptions, signal: AbortSignal): Promise<HelpDesk> {
  const { dump } = options;
  if (dump !== null) {
    const { source, filled } = await makeDemoDatabase(
      serverUrl,
      'lading_demo_dump',
      async (client) => ({ loaded: await loadDump(client, dump, signal), expected: await countFreescout(client) }),
      signal,
    );
    out.write(`  Dump             ${filled.loaded.rows.toLocaleString('en')} rows from ${dump}\n`);
    for (const note of filled.loaded.notes) out.write(`                   ${note}\n`);
    return { source, dump, expected: filled.expected };
  }
  const freescout = describeFreescout();
  const { source } = await makeDemoDatabase(
    serverUrl,
    'lading_demo_source',
    (client) => loadFreescout(client, freescout, signal),
    signal,
  );
  out.write(`  Sample database  ${source.database}, a generated FreeScout help desk\n`);
  return { source, dump, expected: { ...freescout.truth } };
}

function report(outcomes: readonly TypeOutcome[]): boolean {
  out.write(
    `\n${outcomeTable(outcomes)
      .map((line) => `  ${line}\n`)
      .join('')}\n`,
  );
  const problems = outcomes.flatMap(misfits);
  for (const problem of problems) out.write(`  ${problem}\n`);
  if (problems.length === 0) out.write('  Every number fits: each source row has exactly one outcome.\n');
  return problems.length === 0 && outcomes.length > 0;
}

async function demonstrate(
  config: HomeConfig,
  embedded: Embedded,
  options: DemoOptions,
  signal: AbortSignal,
): Promise<boolean> {
  const { adminEmail, adminPassword } = config.auth;
  const password = adminPassword?.reveal() ?? readIfThere(embedded.home.adminPassword) ?? '';
  out.write('\nDemo\n');
  const helpDesk = await prepareHelpDesk(embedded.databaseUrl, options, signal);
  const client = await ApiClient.login(embedded.baseUrl, adminEmail, password, signal);
  const outcomes = await importHelpDesk(client, helpDesk, out, signal);
  const fits = report(outcomes);
  const { home } = embedded;
  out.write(options.once ? whereItIsKept(home) : whereToLook(embedded, config.auth, outcomes.at(-1)?.job ?? null));
  return fits;
}

/** Failures that are told in a sentence; others are bugs and show where they happened. */
function tell(error: unknown): void {
  const expected = error instanceof DumpError || error instanceof ApiError;
  console.error('The demo failed:', expected ? error.message : error);
}

/**
 * The role `demo`: starts everything as `npm start` does, makes a sample help desk, imports it through the public API,
 * reports, and serves on until it is asked to stop. Resolves to the exit code: 0 only if every number fits, 1
 * otherwise. With `--once` it stops after the report. Throws what {@link demoOptions} throws.
 */
export async function runDemo(config: HomeConfig, argv: readonly string[]): Promise<number> {
  const options = await demoOptions(argv);
  const fits = await whileServing(config, async (embedded, stop) => {
    const fitted = await demonstrate(config, embedded, options, stop).catch((error: unknown) => {
      if (!stop.aborted) tell(error);
      return false;
    });
    if (!options.once && !stop.aborted) {
      console.log('Serving on; Ctrl-C stops all of it.');
      await asked(stop);
    }
    return fitted;
  });
  return fits === true ? 0 : 1;
}

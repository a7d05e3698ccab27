import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startTestServers } from './servers.ts';
import type { TestServers } from './servers.ts';

const HELP = `Runs the tests against a real PostgreSQL and a real Temporal, which it starts and stops itself.

  npm test                           everything but the long tests
  npm test -- test/rows test/a.test.ts   these files and folders
  npm test -- --long                 the long tests too (test/chaos/long, *.long.test.ts)
  npm test -- --name "pattern"       only tests whose name fits
  node test/support/run.ts --serve   only starts both servers and prints how to use them, until Ctrl-C

With LADING_TEST_DATABASE_URL and LADING_TEST_TEMPORAL_ADDRESS set it uses those servers and starts none.`;

const DATABASE = 'LADING_TEST_DATABASE_URL';
const TEMPORAL = 'LADING_TEST_TEMPORAL_ADDRESS';
const LONG = /(^|\/)long\/|\.long\.test\.ts$/u;

const RUN_FILES = fileURLToPath(new URL('run-files.ts', import.meta.url));

/** Where the files are that take long: they come first, so that nobody waits for one of them alone at the end. */
const LONG_FIRST = ['test/chaos/', 'test/e2e/', 'test/runtime/', 'test/workflows/', 'test/dialects/'];

function turn(file: string): number {
  const at = LONG_FIRST.findIndex((folder) => file.startsWith(folder));
  return at === -1 ? LONG_FIRST.length : at;
}

/** The test files that the given files and folders stand for; long ones only when asked for or named. */
function chosenFiles(asked: readonly string[], long: boolean): string[] {
  const files = (asked.length === 0 ? ['test'] : asked).flatMap((path) =>
    path.endsWith('.ts') ? [path] : testFiles(path, long),
  );
  return [...new Set(files)].toSorted((a, b) => turn(a) - turn(b));
}

function testFiles(folder: string, long: boolean): string[] {
  return globSync(`${folder}/**/*.test.ts`)
    .filter((file) => long || !LONG.test(file))
    .toSorted();
}

function given(): TestServers | null {
  const databaseUrl = process.env[DATABASE];
  const temporalAddress = process.env[TEMPORAL];
  if (databaseUrl === undefined || temporalAddress === undefined) return null;
  return { databaseUrl, temporalAddress, stop: () => Promise.resolve() };
}

async function runTests(servers: TestServers, files: readonly string[], name: string | undefined): Promise<number> {
  const args = name === undefined ? [] : [`--name=${name}`];
  const child = spawn(process.execPath, [RUN_FILES, ...args, '--', ...files], {
    stdio: 'inherit',
    env: {
      ...process.env,
      // Each file is a process of its own, and all load much the same: half of that is compiling.
      NODE_COMPILE_CACHE: join(tmpdir(), 'lading-test-compiled'),
      [DATABASE]: servers.databaseUrl,
      [TEMPORAL]: servers.temporalAddress,
    },
  });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGTERM', forward);
  process.on('SIGINT', forward);
  const [code] = await once(child, 'exit');
  return typeof code === 'number' ? code : 1;
}

async function serve(): Promise<number> {
  const servers = await startTestServers(console.error);
  console.log(`export ${DATABASE}='${servers.databaseUrl}'`);
  console.log(`export ${TEMPORAL}='${servers.temporalAddress}'`);
  console.error('Serving until Ctrl-C.');
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  await servers.stop();
  return 0;
}

function asked() {
  return parseArgs({
    allowPositionals: true,
    options: {
      long: { type: 'boolean', default: false },
      serve: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
      name: { type: 'string' },
    },
  });
}

async function main(): Promise<number> {
  let parsed: ReturnType<typeof asked>;
  try {
    parsed = asked();
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : String(error)}\n\n${HELP}`);
    return 2;
  }
  const { values, positionals } = parsed;
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  if (values.serve) return serve();
  const files = chosenFiles(positionals, values.long);
  if (files.length === 0) {
    console.error(`No test files in ${positionals.join(', ')}`);
    return 2;
  }
  const started = performance.now();
  const servers = given() ?? (await startTestServers(console.error));
  try {
    return await runTests(servers, files, values.name);
  } finally {
    await servers.stop();
    console.log(`${files.length} test files in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  }
}

process.exitCode = await main();

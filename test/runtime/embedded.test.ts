import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import pg from 'pg';
import { identifyProcess } from '../../src/runtime/process-identity.ts';
import { eventually, launchLading, makeTestHome, startLading } from '../support/lading.ts';
import type { RunningLading } from '../support/lading.ts';

const NAMES = ['postgres', 'temporal', 'api', 'worker'] as const;

const home = await makeTestHome();
let lading: RunningLading;

async function pids(): Promise<number[]> {
  return Promise.all(NAMES.map((name) => home.pid(name)));
}

async function isReady(): Promise<boolean> {
  const response = await fetch(`${lading.baseUrl}/health/ready`, { signal: AbortSignal.timeout(2000) });
  return response.ok;
}

async function queryStore(text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: await home.read('run/database-url') });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

async function mode(file: string): Promise<string> {
  return ((await stat(join(home.path, file))).mode & 0o777).toString(8);
}

/** Every live process that names this home or works in it. */
function processesOfHome(): string[] {
  const listed = execFileSync(
    'sh',
    ['-c', 'for p in /proc/[0-9]*; do echo "$(tr "\\0" " " < $p/cmdline) $(readlink $p/cwd)"; done 2>/dev/null'],
    {
      encoding: 'utf8',
    },
  );
  return listed.split('\n').filter((line) => line.includes(home.path));
}

describe('the embedded mode', { skip: process.platform !== 'linux' && 'it looks at processes in /proc' }, () => {
  after(async () => {
    lading.process.kill('SIGTERM');
    await lading.exited;
    await home.remove();
  });

  test('starts four processes with pid files and says when all of it is ready', async () => {
    // Nobody but its owner may enter the home, and PostgreSQL may have to run as another user.
    await chmod(home.path, 0o700);
    lading = await startLading(home);
    assert.match(lading.output(), new RegExp(`^Lading is ready at ${lading.baseUrl}$`, 'mu'));
    const all = [...(await pids()), await home.pid('supervisor')];
    assert.equal(new Set(all).size, 5);
    assert.ok(all.every((pid) => identifyProcess(pid) !== null));
    assert.equal(await home.pid('supervisor'), lading.process.pid);
    assert.equal((await fetch(`${lading.baseUrl}/health/live`)).status, 200);
    assert.ok(await isReady());
  });

  test('keeps what is secret to its owner, and says where the servers are', async () => {
    assert.equal(await mode('run/database-url'), '600');
    assert.equal(await mode('secret.key'), '600');
    assert.match(await home.read('run/temporal-address'), /^127\.0\.0\.1:\d+$/u);
    assert.deepEqual(await queryStore('select current_database() as name, getdatabaseencoding() as encoding'), [
      { name: 'lading', encoding: 'UTF8' },
    ]);
    assert.deepEqual(await queryStore(`select current_setting('fsync') as fsync`), [{ fsync: 'on' }]);
  });

  test('a second start on the same home says so and exits 1', async () => {
    const before = await pids();
    const second = launchLading(home);
    assert.equal(await second.exited, 1);
    assert.match(second.output(), new RegExp(`Lading runs already on .* \\(process ${lading.process.pid}\\)`, 'u'));
    assert.deepEqual(await pids(), before);
  });

  for (const name of NAMES) {
    test(`${name} is started again when it is killed`, async () => {
      const killed = await home.pid(name);
      process.kill(killed, 'SIGKILL');
      await eventually(`another ${name}`, async () => (await home.pid(name)) !== killed);
      await eventually('ready again', isReady);
    });
  }

  test('a start after the supervisor alone was killed ends what that left and takes over', async () => {
    await queryStore('create table public.kept_over_kills as select 42 as answer');
    const orphans = await pids();
    const url = await home.read('run/database-url');
    lading.process.kill('SIGKILL');
    await lading.exited;
    lading = await startLading(home);
    assert.match(lading.output(), /Ended what an earlier run left behind/u);
    assert.ok(orphans.every((pid) => identifyProcess(pid) === null));
    assert.equal(await home.read('run/database-url'), url);
    assert.deepEqual(await queryStore('select answer from public.kept_over_kills'), [{ answer: 42 }]);
  });

  test('a start after everything was killed just works', async () => {
    for (const pid of [lading.process.pid ?? 0, ...(await pids())]) process.kill(pid, 'SIGKILL');
    await lading.exited;
    lading = await startLading(home);
    assert.deepEqual(await queryStore('select answer from public.kept_over_kills'), [{ answer: 42 }]);
  });

  test('SIGTERM stops all of it, exits 0 and leaves no process behind, though a worker does not listen', async () => {
    process.kill(await home.pid('worker'), 'SIGSTOP');
    const began = performance.now();
    lading.process.kill('SIGTERM');
    assert.equal(await lading.exited, 0);
    assert.ok(performance.now() - began < 15_000);
    assert.deepEqual(processesOfHome(), []);
    const left = (await readdir(join(home.path, 'run'))).filter((file) => /\.(?:pid|json|lock)$/u.test(file));
    assert.deepEqual(left, []);
  });

  test('pid files that a crash left, with pids of others by now, are no obstacle', async () => {
    for (const name of ['supervisor', ...NAMES]) {
      await writeFile(join(home.path, 'run', `${name}.pid`), `${process.ppid}\n`);
      await writeFile(
        join(home.path, 'run', `${name}.json`),
        JSON.stringify({ pid: process.ppid, identity: 'another' }),
      );
    }
    await writeFile(
      join(home.path, 'run', 'supervisor.lock'),
      JSON.stringify({ pid: process.ppid, identity: 'another' }),
    );
    lading = await startLading(home, { LADING_WORKERS: '2' });
    assert.notEqual(await home.pid('worker'), await home.pid('worker-2'));
    assert.notEqual(identifyProcess(process.ppid), null);
  });

  test('being asked to stop while it starts is no failure', async () => {
    lading.process.kill('SIGINT');
    assert.equal(await lading.exited, 0);
    lading = launchLading(home);
    await eventually('it has begun', async () => lading.output().includes('starting'));
    lading.process.kill('SIGTERM');
    assert.equal(await lading.exited, 0);
    assert.deepEqual(processesOfHome(), []);
  });

  test('a taken port is named, and nothing is left running', async () => {
    const taken = createServer().listen(home.port, '127.0.0.1');
    const failed = launchLading(home);
    assert.equal(await failed.exited, 1);
    taken.close();
    assert.match(failed.output(), new RegExp(`Port ${home.port} on 127\\.0\\.0\\.1 is taken`, 'u'));
    assert.deepEqual(processesOfHome(), []);
  });
});

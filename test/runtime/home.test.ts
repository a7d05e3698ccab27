import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ConfigError } from '../../src/config.ts';
import { AppError } from '../../src/domain/errors.ts';
import { keptSecret, openHome } from '../../src/runtime/home.ts';
import { identifyProcess } from '../../src/runtime/process-identity.ts';
import { endOrphans, recordProcess } from '../../src/runtime/process-records.ts';
import { lockHome } from '../../src/runtime/supervisor-lock.ts';

const folder = mkdtempSync(join(tmpdir(), 'lading-home-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

describe('a home', () => {
  test('keeps a secret that was made once, readable by its owner alone', () => {
    const path = join(folder, 'some.key');
    const made = keptSecret(path);
    assert.match(made, /^[\w-]{43}$/u);
    assert.equal(keptSecret(path), made);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  test('that cannot be made is named, with the reason', () => {
    const path = join(folder, 'a-file');
    writeFileSync(path, '');
    assert.throws(
      () => openHome(path),
      (error) =>
        error instanceof ConfigError && error.mistakes[0]?.startsWith(`LADING_HOME: cannot be ${path}: EEXIST`),
    );
    if (process.platform === 'linux') assert.throws(() => openHome('/proc/x'), ConfigError);
  });

  test('has one supervisor at a time', () => {
    const home = openHome(join(folder, 'locked'));
    const unlock = lockHome(home);
    assert.equal(readFileSync(join(home.run, 'supervisor.pid'), 'utf8'), `${process.pid}\n`);
    assert.throws(
      () => lockHome(home),
      (error) =>
        error instanceof AppError && error.code === 'conflict' && error.message.includes(`process ${process.pid}`),
    );
    unlock();
    lockHome(home)();
  });

  test('is taken over from a supervisor that is dead, or whose pid is another process by now', () => {
    const home = openHome(join(folder, 'stale'));
    for (const left of [`{"pid":${process.pid},"identity":"earlier"}`, '{"pid":4194303,"identity":"x"}', 'half a li']) {
      writeFileSync(join(home.run, 'supervisor.lock'), left);
      lockHome(home)();
    }
  });

  test('never touches a process that only has the pid of an earlier one', async () => {
    const home = openHome(join(folder, 'orphans'));
    recordProcess(home, 'worker', process.ppid);
    writeFileSync(join(home.run, 'worker.json'), `{"pid":${process.ppid},"identity":"earlier"}`);
    assert.deepEqual(await endOrphans(home), []);
    assert.notEqual(identifyProcess(process.ppid), null);
  });
});

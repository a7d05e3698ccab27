import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { processesIn } from '../support/chaos.ts';
import { makeTestHome } from '../support/lading.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const home = await makeTestHome();

/** Runs `npm run demo` with options to its end. */
async function demo(...options: string[]): Promise<{ code: unknown; output: string }> {
  const child = spawn(process.execPath, [MAIN, 'demo', ...options], {
    env: { ...process.env, LADING_HOME: home.path, PORT: String(home.port), DATABASE_URL: '', TEMPORAL_ADDRESS: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise((resolve) => {
    child.once('close', resolve);
  });
  const [output, mistakes] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, output: output + mistakes };
}

/** The cells of a line of the report. */
function outcome(output: string, type: string): string[] {
  const line = output.split('\n').find((each) => new RegExp(`^ {2}${type} +[\\d,]+ `, 'u').test(each)) ?? '';
  return line.trim().split(/\s+/u).slice(1, 7);
}

describe('npm run demo', () => {
  after(() => home.remove());

  test('imports its help desk, finds that every number fits, and leaves nothing running', async () => {
    const { code, output } = await demo('--once');
    assert.equal(code, 0, output);
    assert.match(output, /Every number fits/u);
    assert.deepEqual(outcome(output, 'agents'), ['12', '12', '0', '0', '0', 'yes']);
    assert.deepEqual(outcome(output, 'customer_users'), ['4,000', '4,000', '0', '0', '0', 'yes']);
    assert.deepEqual(outcome(output, 'tickets'), ['1,790', '1,790', '0', '0', '0', 'yes']);
    assert.deepEqual(outcome(output, 'time_entries'), ['971', '971', '0', '0', '0', 'yes']);
    if (process.platform === 'linux') assert.deepEqual(processesIn(home.path), []);
  });

  test('skips all of it when it is run again', async () => {
    const { code, output } = await demo('--once');
    assert.equal(code, 0, output);
    assert.deepEqual(outcome(output, 'all'), ['6,773', '0', '0', '6,773', '0', 'yes']);
  });

  test('says what is wrong with its options before it starts anything', async () => {
    for (const options of [['--onec'], ['--dump', '/nowhere/dump.sql.gz'], ['--dump']]) {
      const { code, output } = await demo(...options);
      assert.equal(code, 2, output);
      assert.doesNotMatch(output, /starting/u);
    }
  });
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { openHome } from '../../src/runtime/home.ts';
import { identifyProcess } from '../../src/runtime/process-identity.ts';
import type { ProcessSpec } from '../../src/runtime/process-spec.ts';
import { supervise } from '../../src/runtime/supervise.ts';

const home = openHome(mkdtempSync(join(tmpdir(), 'lading-supervise-')));
after(() => rmSync(home.path, { recursive: true, force: true }));

/** A process that connects to `server` and then runs `script`: each connection is one life. */
function spec(name: string, server: Server, script: string): ProcessSpec {
  const { port } = server.address() as AddressInfo;
  const connect = `const socket = require('net').connect(${port}, '127.0.0.1', () => { ${script} })`;
  return {
    name,
    command: process.execPath,
    args: ['-e', connect],
    env: {},
    stopWith: [{ signal: 'SIGTERM', graceMs: 300 }],
    ready: () => Promise.resolve(),
  };
}

async function listen(): Promise<Server> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

function pidOf(name: string): number {
  return Number(readFileSync(join(home.run, `${name}.pid`), 'utf8'));
}

describe('a supervised process', () => {
  test('is started again each time it dies, until it is told to stop', async () => {
    const server = await listen();
    const told: string[] = [];
    const supervised = supervise(spec('mortal', server, 'process.exit(3)'), home, (line) => told.push(line));
    await supervised.ready;
    await once(server, 'connection');
    await once(server, 'connection');
    await supervised.stop();
    server.close();
    assert.equal(told[0], 'mortal ended (exit 3); starting it again in 0.2 s');
    assert.ok(!existsSync(join(home.run, 'mortal.pid')));
  });

  test('is killed when it does not listen to being asked', async () => {
    const server = await listen();
    const deaf = spec('deaf', server, `process.on('SIGTERM', () => undefined); socket.write('listening')`);
    const connected = once(server, 'connection');
    const supervised = supervise(deaf, home, () => undefined);
    const [socket] = await connected;
    await once(socket, 'data');
    socket.on('error', () => undefined);
    const pid = pidOf('deaf');
    assert.notEqual(identifyProcess(pid), null);
    await supervised.stop();
    server.close();
    assert.equal(identifyProcess(pid), null);
  });

  test('that never serves is given up, with its last words', async () => {
    const server = await listen();
    const broken = { ...spec('broken', server, `console.log('no licence'); process.exit(9)`), ready: never };
    const supervised = supervise(broken, home, () => undefined);
    await assert.rejects(supervised.ready, (error) => {
      assert.ok(error instanceof AppError);
      assert.equal(error.code, 'unavailable');
      assert.match(error.message, /^broken ended \(exit 9\), see .*broken\.log:\n( {2}no licence\n?){3}$/u);
      return true;
    });
    await supervised.stop();
    server.close();
  });

  test('whose command is not there is given up, and the command is named', async () => {
    const server = await listen();
    const missing = { ...spec('missing', server, ''), command: '/no/such/command', ready: never };
    const supervised = supervise(missing, home, () => undefined);
    await assert.rejects(supervised.ready, /missing could not be started: spawn \/no\/such\/command ENOENT/u);
    await supervised.stop();
    server.close();
  });
});

function never(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('given up')));
  });
}

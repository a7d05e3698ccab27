import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, test } from 'node:test';
import { ConfigError } from '../../src/config.ts';
import { AppError } from '../../src/domain/errors.ts';
import { freePort, noPort, portObstacle } from '../../src/runtime/free-port.ts';

describe('a port', () => {
  test('is the one that is wanted, else another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    assert.equal(await portObstacle(port, '127.0.0.1'), 'EADDRINUSE');
    assert.notEqual(await freePort(port), port);
    server.close();
    await once(server, 'close');
    assert.equal(await portObstacle(port, '127.0.0.1'), null);
    assert.equal(await freePort(port), port);
  });

  test('of an address that is not this machine’s is none', async () => {
    assert.equal(await portObstacle(8080, '192.0.2.1'), 'EADDRNOTAVAIL');
    await assert.rejects(freePort(0, '192.0.2.1'), { code: 'unavailable' });
  });

  test('that cannot be had is told for what it is', () => {
    const taken = noPort('127.0.0.1', 8080, 'EADDRINUSE');
    assert.ok(taken instanceof AppError && taken.code === 'conflict');
    assert.equal(taken.message, 'Port 8080 on 127.0.0.1 is taken by another program. Set PORT to a free one.');
    const kept = noPort('127.0.0.1', 80, 'EACCES');
    assert.ok(kept instanceof ConfigError);
    assert.deepEqual(kept.mistakes, [
      'PORT: this user may not listen on 80 (permission denied; ports below 1024 are often kept for root)',
    ]);
    const elsewhere = noPort('192.0.2.1', 8080, 'EADDRNOTAVAIL');
    assert.equal(elsewhere.message, 'Nothing can listen on port 8080 of 192.0.2.1: EADDRNOTAVAIL');
  });
});

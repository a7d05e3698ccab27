import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import { after, before, describe, test } from 'node:test';
import ipaddr from 'ipaddr.js';
import { AppError } from '../../src/domain/errors.ts';
import { classifyAddress } from '../../src/platform/address-classes.ts';
import { createGuardedAgents } from '../../src/platform/outbound-agent.ts';
import { createOutboundGuard } from '../../src/platform/outbound-guard.ts';
import type { OutboundGuard } from '../../src/platform/outbound-guard.ts';
import { isAllowed, parseOutboundRules } from '../../src/platform/outbound-rules.ts';

const guardOf = (rules: string): OutboundGuard => createOutboundGuard(parseOutboundRules(rules).rules);

const allowed = (rules: string, host: string, address = host, port = 5432): boolean =>
  isAllowed(parseOutboundRules(rules).rules, { host, port, address: ipaddr.parse(address) });

const failure = async (work: Promise<unknown>): Promise<AppError> => {
  const error = await work.then(
    () => assert.fail('it was allowed'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof AppError, String(error));
  return error;
};

describe('an address', () => {
  test('is public only when it is one of the public networks, in whatever form it is written', () => {
    const classes: Record<string, readonly string[]> = {
      public: ['8.8.8.8', '93.184.216.34', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::808:808'],
      private: [
        '10.0.0.1',
        '172.16.0.1',
        '172.31.255.255',
        '192.168.1.1',
        '127.0.0.1',
        '127.255.255.254',
        '100.64.0.1',
        '100.127.255.255',
        '198.18.0.1',
        '192.0.2.1',
        '198.51.100.1',
        '203.0.113.1',
        '240.0.0.1',
        '::1',
        'fc00::1',
        'fd12:3456::1',
        'fec0::1',
        '2001:db8::1',
        '2001::1',
        '2002:808:808::1',
        '100::1',
        '::ffff:10.0.0.1',
        '::ffff:127.0.0.1',
        '64:ff9b::a00:1',
        '64:ff9b:1::a00:1',
        '::7f00:1',
        '4000::1',
        '5f00::1',
      ],
      named: [
        '169.254.169.254',
        '169.254.0.1',
        'fe80::1',
        '::ffff:169.254.169.254',
        '64:ff9b::a9fe:a9fe',
        '2002:a9fe:a9fe::1',
        'fd00:ec2::254',
        '100.100.100.200',
        '168.63.129.16',
        '192.0.0.192',
        '::a9fe:a9fe',
      ],
      never: [
        '0.0.0.0',
        '0.1.2.3',
        '::',
        '224.0.0.1',
        '239.255.255.255',
        '255.255.255.255',
        'ff02::1',
        '::ffff:0.0.0.0',
      ],
    };
    for (const [name, addresses] of Object.entries(classes)) {
      for (const address of addresses) assert.equal(classifyAddress(ipaddr.parse(address)), name, address);
    }
  });
});

describe('LADING_OUTBOUND_ALLOW', () => {
  test('names networks, addresses and hosts, with or without a port', () => {
    const { rules, mistakes } = parseOutboundRules(
      '10.0.0.0/8, 127.0.0.1:5432, [::1]:5432, fd00::/8, [fd00::]/8:80, db.internal, DB2.Internal.:6432',
    );
    assert.deepEqual(mistakes, []);
    assert.equal(rules.length, 7);
    assert.deepEqual(parseOutboundRules('').rules, []);
  });

  test('reports every entry that is none of these', () => {
    const { mistakes } = parseOutboundRules('10.0.0.0/33, 300.1.1.1, host:0, host:70000, a b, -x, 10.1, *');
    assert.equal(mistakes.length, 8);
    assert.match(mistakes[0] ?? '', /^"10\.0\.0\.0\/33" is neither a network/);
  });

  test('lets through what it names and nothing else that is private', () => {
    assert.equal(allowed('', '8.8.8.8'), true);
    assert.equal(allowed('', '10.1.2.3'), false);
    assert.equal(allowed('10.0.0.0/8', '10.1.2.3'), true);
    assert.equal(allowed('10.0.0.0/8', 'mapped', '::ffff:10.1.2.3'), true);
    assert.equal(allowed('10.0.0.0/8', '11.1.2.3', '192.168.0.1'), false);
    assert.equal(allowed('db.internal', 'DB.internal.', '10.1.2.3'), true);
    assert.equal(allowed('db.internal', 'other.internal', '10.1.2.3'), false);
    assert.equal(allowed('127.0.0.1:5432', '127.0.0.1', '127.0.0.1', 5432), true);
    assert.equal(allowed('127.0.0.1:5432', '127.0.0.1', '127.0.0.1', 5433), false);
  });

  test('opens link-local and metadata addresses only by their own name, and never what is no host', () => {
    for (const rules of ['', '0.0.0.0/0', '::/0', '169.0.0.0/8', 'metadata.internal']) {
      assert.equal(allowed(rules, 'metadata.internal', '169.254.169.254'), false, rules);
      assert.equal(allowed(rules, 'metadata.internal', 'fd00:ec2::254'), false, rules);
    }
    assert.equal(allowed('169.254.169.254', '169.254.169.254'), true);
    assert.equal(allowed('169.254.0.0/16', '169.254.1.1'), true);
    assert.equal(allowed('fe80::/10', 'fe80::1'), true);
    for (const rules of ['0.0.0.0/0', '0.0.0.0', '224.0.0.0/4', '0.0.0.0/8']) {
      assert.equal(allowed(rules, '0.0.0.0'), false, rules);
      assert.equal(allowed(rules, '224.0.0.1'), false, rules);
    }
  });
});

describe('the outbound guard', () => {
  const server = net.createServer((socket) => socket.end('hello'));
  let port = 0;

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    port = typeof address === 'object' && address ? address.port : 0;
  });
  after(() => server.close());

  test('connects to an address that is named', async () => {
    for (const host of ['127.0.0.1', 'localhost', '0x7f000001', '2130706433', '127.1']) {
      const socket = await guardOf('127.0.0.0/8,::1').connect(host, port);
      const [greeting] = (await once(socket, 'data')) as [Buffer];
      assert.equal(greeting.toString(), 'hello');
      socket.destroy();
    }
  });

  test('refuses what resolves to an address that is not, however it is written', async () => {
    for (const host of [
      '127.0.0.1',
      'localhost',
      '[::1]',
      '::1',
      '0x7f000001',
      '2130706433',
      '127.1',
      '0.0.0.0',
      '::ffff:127.0.0.1',
    ]) {
      const error = await failure(guardOf('10.0.0.0/8').connect(host, port));
      assert.equal(error.code, 'source_unreachable');
      assert.equal(error.details['reason'], 'outbound_refused');
      assert.equal(error.message, `${host} is not allowed as an outbound address; name it in LADING_OUTBOUND_ALLOW`);
    }
  });

  test('takes nothing for a host that is none', async () => {
    for (const host of ['', '/var/run/postgresql', '..\\x', 'a b', 'user@host', 'x\0y', 'h'.repeat(300)]) {
      assert.equal((await failure(guardOf('127.0.0.0/8').connect(host, port))).details['reason'], 'outbound_refused');
    }
  });

  test('says in plain words why a host was not reached', async () => {
    assert.equal(
      (await failure(guardOf('127.0.0.0/8').connect('127.0.0.1', 1))).message,
      'could not connect to server: Connection refused',
    );
    assert.match(
      (await failure(guardOf('').connect('nothing.invalid', 5432))).message,
      /^could not translate host name to address/,
    );
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const waiting = guardOf('127.0.0.0/8').connect('127.0.0.1', port, { signal: stop.signal });
    stop.abort(new Error('enough'));
    await assert.rejects(waiting, /enough/);
  });
});

describe('an agent of the guard', () => {
  test('lets requests through to what is allowed, and to nothing else that a redirect names', async () => {
    const server = http.createServer((_, response) => response.end('here'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const get = (agent: http.Agent): Promise<string> =>
      new Promise((settle, reject) => {
        const request = http.get({ host: '127.0.0.1', port, agent }, (response) => {
          response.setEncoding('utf8').once('data', settle);
        });
        request.once('error', reject);
      });
    try {
      assert.equal(await get(createGuardedAgents(guardOf('127.0.0.0/8')).http), 'here');
      await assert.rejects(get(createGuardedAgents(guardOf('')).http), /is not allowed as an outbound address/);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });
});

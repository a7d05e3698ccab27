import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { z } from 'zod';
import { CONTACTS, makeContacts } from '../../bench/contacts.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { contactsProfile, openLadingOverTestServers, runJob } from '../support/lading-process.ts';
import type { LadingProcess } from '../support/lading-process.ts';
import { ODD_BODIES, ODD_IDS, ODD_QUERIES, oddlyChanged } from '../support/odd-inputs.ts';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: string | Buffer;
  /** What is odd about it, for who reads a failure. */
  readonly oddity: string;
}

/** Routes that change who may come in, and the one that goes on answering. */
const LEFT_OUT = /\/auth\/logout$|\/events$|\/tenants$|\/users/u;
/** Requests under way at a time. */
const LANES = 4;

const operation = z.object({ parameters: z.array(z.object({ name: z.string(), in: z.string() })).default([]) });
const openapi = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) });

describe('a Lading that is asked odd things', () => {
  let lading: LadingProcess;
  let database: TestDatabase;
  let profile: string;
  let job: string;
  const agent = new Agent({ keepAlive: true, maxSockets: LANES });

  before(async () => {
    database = await createEmptyDatabase();
    const source = new pg.Client(database.url);
    await source.connect();
    await makeContacts(source, 20, 1);
    await source.end();
    lading = await openLadingOverTestServers();
    profile = await contactsProfile(lading.client, database.url, 'Contacts');
    ({ id: job } = await runJob(lading.client, profile));
  });
  after(async () => {
    agent.destroy();
    await lading.stop();
    await database.drop();
  });

  /** Bodies that are right, by route. */
  const rightBodies = (): Readonly<Record<string, object>> => {
    const connection = { host: '127.0.0.1', port: 1, database: 'd', username: 'u', password: 'p', ssl_mode: 'prefer' };
    const query = {
      base_table: CONTACTS,
      joins: [
        { type: 'LEFT', table: `${CONTACTS} as other`, on: `other.id = ${CONTACTS}.id`, condition: 'other.id > 1' },
      ],
      fields: [{ source: 'CONCAT(other.id)', target: 'external_id', transformation: null }],
      filters: [{ field: 'other.id', operator: '>=', value: '3' }],
      target_type: 'customer_users',
    };
    const detection = { enabled: true, strategy: 'exact', primary_fields: ['email'], secondary_fields: ['name'] };
    const settings = {
      kind: 'validate',
      options: { batch_size: 5, timeout: 60, selected_types: ['customer_users'], import_filters: { limit: 1 } },
      mode_config: {
        import_mode: 'upsert',
        duplicate_detection: { ...detection, confidence_threshold: 85 },
        skip_duplicates: false,
        update_duplicates: true,
        source_identifier_field: 'external_id',
        matching_strategy: 'weighted_fields',
      },
    };
    return {
      'post /api/import/profiles': {
        name: 'n',
        database_type: 'postgresql',
        description: 'd',
        notes: 'n',
        ...connection,
      },
      'post /api/import/profiles/test-connection': { database_type: 'postgresql', ...connection },
      'put /api/import/profiles/{id}': { name: 'n', description: 'd', notes: 'n', ssl_mode: 'prefer' },
      'put /api/import/profiles/{id}/template': { template_id: profile },
      'post /api/import/profiles/{id}/builder/validate': query,
      'post /api/import/jobs': { profile_id: profile, ...settings },
      'post /api/import/tokens': { name: 'n', permissions: ['system.import'], expires_in_days: 3 },
      'post /api/import/templates': {
        name: 'n',
        platform: 'p',
        supported_types: ['tickets'],
        queries: { tickets: query },
      },
      'post /api/v1/auth/login': { email: 'a@example.com', password: 'p' },
      'post /api/v1/auth/refresh': { refresh_token: 't' },
    };
  };

  function* requestsOf(method: string, path: string, queries: readonly string[]): Generator<Request> {
    const at = (id: string, type = 'customer_users'): string => path.replace('{id}', id).replace('{type}', type);
    const right = path.includes('/jobs/') ? job : profile;
    const body = method === 'get' ? {} : { body: '{}' };
    if (path.includes('{id}')) for (const id of ODD_IDS) yield { method, path: at(id), ...body, oddity: 'the id' };
    if (path.includes('{type}')) {
      for (const type of ODD_IDS) yield { method, path: at(right, type), ...body, oddity: 'the type' };
    }
    if (method === 'get') {
      for (const query of queries) yield { method, path: `${at(right)}?${query}`, oddity: 'the query' };
    } else if (method !== 'delete') {
      for (const odd of ODD_BODIES) {
        yield { method, path: at(right), body: odd, oddity: `the body ${String(odd).slice(0, 40)}` };
      }
      for (const odd of oddlyChanged(rightBodies()[`${method} ${path}`])) {
        yield { method, path: at(right), body: JSON.stringify(odd.body), oddity: odd.place };
      }
    }
  }

  const send = async ({ method, path, body }: Request): Promise<{ status: number; answer: unknown }> => {
    const { hostname, port } = new URL(lading.client.baseUrl);
    const headers = {
      authorization: `Bearer ${lading.client.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    };
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number; answer: unknown }>();
    request({ hostname, port, path, method: method.toUpperCase(), agent, headers }, (response) => {
      const isJson = response.headers['content-type']?.startsWith('application/json') === true;
      text(response)
        .then((answer) =>
          resolve({ status: response.statusCode ?? 0, answer: isJson && answer !== '' ? JSON.parse(answer) : answer }),
        )
        .catch(reject);
    })
      .on('error', reject)
      .end(body);
    return promise;
  };

  test('tells what is wrong with each request, and never fails itself', async () => {
    const { paths } = await lading.client.get('/docs/openapi.json', openapi);
    const known = new Set(Object.values(paths).flatMap((methods) => Object.values(methods).flatMap(namesIn)));
    const requests = Object.entries(paths)
      .filter(([path]) => !LEFT_OUT.test(path))
      .flatMap(([path, methods]) =>
        Object.entries(methods).flatMap(([method, each]) => [
          ...requestsOf(method, path, oddQueries(namesIn(each), known)),
        ]),
      );
    assert.ok(requests.length > 2000, String(requests.length));
    const failed: string[] = [];
    const waiting = requests.values();
    const lane = async (): Promise<void> => {
      for (const each of waiting) {
        const { status, answer } = await send(each);
        const told = status < 400 || z.union([MESSAGE, DETAIL, NAMED]).safeParse(answer).success;
        if (status >= 500 || !told) failed.push(`${status}: ${each.method} ${each.path.slice(0, 99)}, ${each.oddity}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    assert.deepEqual(failed, []);
  });

  test('answers what is no HTTP, and goes on', async () => {
    const authorization = `Authorization: Bearer ${lading.client.token}`;
    const post = `POST /api/import/tokens HTTP/1.1\r\nHost: x\r\n${authorization}\r\nContent-Type: application/json\r\n`;
    const get = (path: string, header: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${header}\r\n\r\n`;
    const upgrade = (path: string, more: string): string =>
      `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${more}\r\n`;
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n';
    const wanted = new Map([
      ['\x16\x03\x01\x02\x00\x01\r\n\r\n', 400],
      [`${post}Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n`, 400],
      [`${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
      [`${post}Connection: close\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd`, 400],
      [`${post}Connection: close\r\nContent-Encoding: xyz\r\nContent-Length: 4\r\n\r\nabcd`, 400],
      [get('/api/import/jobs', `Cookie: ${'a=b; '.repeat(4000)}`), 431],
      [get('/api/import/me', 'Authorization: Bearer \xff\xfe'), 401],
      [get('/api/import/me', 'Cookie: lading_session=%00%ff; laravel_session=\xff'), 401],
      [get('/api/import/%zz', authorization), 404],
      [get('/api/import/../../etc/passwd', authorization), 404],
      [get('/docs/%2e%2e/%2e%2e/etc/passwd', ''), 404],
      [upgrade('/nowhere', key), 404],
      [upgrade('/ws', key), 401],
      [upgrade('/ws?token=%zz', key), 401],
      [get('/socket.io/?EIO=4&transport=polling&sid=x', ''), 400],
    ]);
    for (const [bytes, status] of wanted) {
      assert.equal((await raw(lading.client.baseUrl, bytes)).status, status, JSON.stringify(bytes.slice(0, 200)));
    }
    await lading.client.get('/health/ready', z.object({ status: z.literal('ready') }));
  });

  test('answers over HTTP a client that would rather speak something else', async () => {
    const offer = 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__';
    const { status, body } = await raw(
      lading.client.baseUrl,
      `GET /api/import/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${lading.client.token}\r\n${offer}\r\n\r\n`,
    );
    assert.equal(status, 200);
    assert.match(body, /"email":"owner@example.com"/u);
  });

  test('has logged no error of its own all along', async () => {
    const lines = (await readFile(join(lading.home.path, 'log/api.log'), 'utf8')).split('\n');
    assert.deepEqual(
      lines.filter((line) => /"level":(?:50|60)|"level":"(?:error|fatal)"/u.test(line)),
      [],
    );
  });
});

/** Names of what a route reads of the query. */
function namesIn({ parameters }: z.infer<typeof operation>): string[] {
  return parameters.filter((each) => each.in === 'query').map(({ name }) => name.replace(/\[.*/u, ''));
}

/** The odd queries for a route: of those that are about a parameter that some route reads, the ones about its own. */
function oddQueries(own: readonly string[], known: ReadonlySet<string>): string[] {
  return ODD_QUERIES.filter((query) => {
    const name = /^\w+/u.exec(query)?.[0] ?? '';
    return own.includes(name) || !known.has(name);
  });
}

const MESSAGE = z.object({ message: z.string().min(1) });
const DETAIL = z.object({ detail: z.union([z.string(), z.array(z.unknown())]) });
const NAMED = z.object({ success: z.literal(false), error: z.string().regex(/^ERR_[A-Z_]+: ./u) });

/** What a server answers to bytes, up to where it closes the connection or has answered. */
async function raw(baseUrl: string, bytes: string): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(baseUrl);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(1500, () => socket.end());
  socket.write(bytes, 'latin1');
  let answer = '';
  for await (const piece of socket) answer += String(piece);
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  return { status: Number(head.split(' ')[1]), body: rest.join('\r\n\r\n') };
}

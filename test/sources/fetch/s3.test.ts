import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { fetchS3 } from '../../../src/sources/fetch/s3.ts';
import type { S3Source } from '../../../src/sources/fetch/s3.ts';
import { gather, sha256, someBytes } from '../../support/bytes.ts';
import { noPython } from '../../support/python-servers.ts';
import { ACCESS_KEY, startS3Server } from '../../support/s3-server.ts';
import type { S3Server } from '../../support/s3-server.ts';
import { failureOf, guardOf, options, shownOf } from './fetching.ts';

const FILE = someBytes(3_000_000);

describe('a file in a bucket', { skip: noPython }, () => {
  let server: S3Server;
  let source: S3Source;
  before(async () => {
    server = await startS3Server();
    const { endpoint, bucket } = server;
    source = { endpoint, bucket, region: 'us-east-1', key: 'in/Käufer (1).csv', ...ACCESS_KEY };
    await put(FILE);
  });
  after(() => server.stop());

  const put = async (Body: Buffer): Promise<void> => {
    await server.client.send(new PutObjectCommand({ Bucket: source.bucket, Key: source.key, Body }));
  };

  test('comes whole, with its size, version and name', async () => {
    const { body, etag, ...told } = await fetchS3(source, options());
    assert.deepEqual(told, { size: FILE.length, name: 'Käufer (1).csv', charset: null, hostKey: null });
    assert.match(etag ?? '', /^"[0-9a-f]{32}"$/u);
    assert.equal(sha256(await gather(body)), sha256(FILE));
  });

  test('goes on from a byte, of the same version alone', async () => {
    const { body, etag } = await fetchS3(source, options());
    await gather(body);
    const rest = await fetchS3(source, options({ resumeFrom: 2_000_001, etag }));
    assert.equal(rest.size, FILE.length);
    assert.equal(sha256(await gather(rest.body)), sha256(FILE.subarray(2_000_001)));
    await put(someBytes(3_000_000, 2));
    const changed = await failureOf(fetchS3(source, options({ resumeFrom: 10, etag })));
    assert.equal(changed.details['reason'], 'changed');
    await put(FILE);
  });

  test('that is not given says why', async () => {
    const absent = await failureOf(fetchS3({ ...source, key: 'nothing' }, options()));
    assert.equal(absent.message, '127.0.0.1 has no such file in the bucket.');
    const noBucket = await failureOf(fetchS3({ ...source, bucket: 'nowhere' }, options()));
    assert.equal(noBucket.message, '127.0.0.1 has no such bucket.');
    assert.equal((await failureOf(fetchS3(source, options({ maxBytes: 10 })))).code, 'too_large');
  });

  test('comes only over connections that the guard allows', async () => {
    const refused = await failureOf(fetchS3(source, options({ guard: guardOf('') })));
    assert.equal(refused.details['reason'], 'outbound_refused');
    const metadata = { ...source, endpoint: 'http://169.254.169.254' };
    assert.equal((await failureOf(fetchS3(metadata, options()))).details['reason'], 'outbound_refused');
    assert.doesNotMatch(shownOf(refused), /test-secret-key/u);
  });

  test('can be left off at any time', async () => {
    const stop = new AbortController();
    const { body } = await fetchS3(source, options({ signal: stop.signal }));
    const read = async (): Promise<void> => {
      for await (const _ of body) stop.abort(new Error('a person has cancelled'));
    };
    await assert.rejects(read(), /a person has cancelled/u);
  });
});

describe('a bucket behind a server that misbehaves', () => {
  let answer: http.RequestListener = () => undefined;
  let source: S3Source;
  const server = http.createServer((request, response) => answer(request, response));
  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    source = { endpoint, bucket: 'b', key: 'k', region: 'x', accessKeyId: 'id', secretAccessKey: 'hidden-word' };
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const refusal = (status: number, code: string, message: string): void => {
    answer = (_, response) => {
      response.writeHead(status, { 'Content-Type': 'application/xml' });
      response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
    };
  };

  test('that lets nobody in says so, and repeats no secret', async () => {
    for (const [status, code, message] of [
      [403, 'InvalidAccessKeyId', '127.0.0.1 does not know this access key.'],
      [403, 'SignatureDoesNotMatch', '127.0.0.1 does not take this secret access key.'],
      [403, 'AccessDenied', '127.0.0.1 does not let this access key have the file.'],
      [400, 'Odd', '127.0.0.1 does not give the file: Odd: you said [secret].'],
    ] as const) {
      refusal(status, code, 'you said hidden-word');
      const failure = await failureOf(fetchS3(source, options()));
      assert.deepEqual([failure.code, failure.message], ['source_rejected', message]);
      assert.doesNotMatch(shownOf(failure), /hidden/u);
    }
  });

  test('that fails, says nothing or breaks off may be better later', async () => {
    refusal(503, 'SlowDown', 'later');
    assert.equal((await failureOf(fetchS3(source, options()))).code, 'source_unreachable');
    answer = () => undefined;
    assert.equal((await failureOf(fetchS3(source, options({ stallMs: 200 })))).code, 'source_unreachable');
    answer = (_, response) => {
      response.writeHead(200, { 'Content-Length': FILE.length, ETag: '"1"' });
      response.write(FILE.subarray(0, 100_000), () => response.destroy());
    };
    const cut = await failureOf(fetchS3(source, options()));
    assert.deepEqual([cut.code, cut.details['reason']], ['source_unreachable', 'cut_off']);
    answer = (_, response) => {
      response.writeHead(200, { 'Content-Length': FILE.length, ETag: '"1"' });
      response.write(FILE.subarray(0, 100_000));
    };
    const silent = await failureOf(fetchS3(source, options({ stallMs: 300 })));
    assert.deepEqual([silent.code, silent.details['reason']], ['source_unreachable', 'stalled']);
  });
});

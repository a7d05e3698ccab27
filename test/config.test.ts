import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { ConfigError, loadConfig, VARIABLE_NAMES } from '../src/config.ts';

const SERVING = {
  DATABASE_URL: 'postgres://lading:hidden-word@db:5432/lading',
  TEMPORAL_ADDRESS: 'temporal:7233',
  LADING_SECRET_KEY: 'a key of more than sixteen characters',
};

function mistakesOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.mistakes;
  }
  return [];
}

describe('the configuration', () => {
  test('an empty environment gives the embedded mode with its documented defaults', () => {
    const config = loadConfig('all', { HOME: '/nowhere' });
    assert.deepEqual(config.http, {
      host: '127.0.0.1',
      port: 8080,
      trustedProxies: 0,
      ingestPrefix: '/api/v1/ingest',
    });
    assert.deepEqual(config.store, { url: null, poolSize: 10 });
    assert.equal(config.home.path, resolve('.lading'));
    assert.equal(config.home.workers, 1);
    assert.deepEqual(config.temporal, {
      address: null,
      namespace: 'default',
      taskQueue: 'lading',
      uiPort: 8233,
      uiUrl: 'http://127.0.0.1:8233',
      cli: null,
    });
    assert.deepEqual(config.auth, { adminEmail: 'admin@localhost', adminPassword: null, secretKey: null });
    assert.deepEqual(config.limits, {
      rateLimits: 'documented',
      maxUpload: 5_368_709_120,
      workerPartitions: 2,
      workerMatchRows: 20_000,
    });
    assert.deepEqual(config.storage, { kind: 'folder', path: resolve('.lading/files') });
  });

  test('every mistake is reported together, and no secret is repeated', () => {
    const mistakes = mistakesOf(() =>
      loadConfig('api', {
        PORT: 'http',
        HOST: '',
        LADING_TRUST_PROXY: 'yes',
        DATABASE_URL: 'mysql://root:hidden-word@db/x',
        LADING_SECRET_KEY: 'too short',
        LADING_MAX_UPLOAD: '5TB',
        LADING_RATE_LIMITS: 'some',
        LADING_OUTBOUND_ALLOW: '10.0.0.0/8, not a host',
      }),
    );
    assert.deepEqual(mistakes, [
      'PORT: must be a whole number from 0 to 65535, not "http"',
      'LADING_TRUST_PROXY: must be a whole number from 0 to 10, not "yes"',
      'DATABASE_URL: must look like postgres://user:password@host:5432/database',
      'LADING_SECRET_KEY: must have at least 16 characters',
      'LADING_RATE_LIMITS: must be documented or off, not "some"',
      'LADING_OUTBOUND_ALLOW: "not a host" is neither a network, an address nor a host name, with or without a port.',
      'LADING_MAX_UPLOAD: must be a number of bytes, or of KB, MB or GB, such as 5GB, not "5TB"',
      'TEMPORAL_ADDRESS: is needed to run "api" by itself',
    ]);
  });

  test('a role that serves alone names what it needs', () => {
    const needs = (role: 'api' | 'worker'): readonly string[] => mistakesOf(() => loadConfig(role, {}));
    assert.equal(needs('api').length, 3);
    assert.equal(needs('worker').length, 3);
    assert.deepEqual(
      mistakesOf(() => loadConfig('migrate', {})),
      ['DATABASE_URL: is needed to run "migrate" by itself'],
    );
  });

  test('secrets are given out only when asked for by name', () => {
    const config = loadConfig('api', { ...SERVING, LADING_ADMIN_PASSWORD: 'hidden-word too' });
    const shown = [JSON.stringify(config), inspect(config, { depth: null }), String(config.store.url)].join('\n');
    assert.doesNotMatch(shown, /hidden-word|sixteen/u);
    assert.equal(config.store.url.reveal(), SERVING.DATABASE_URL);
  });

  test('nothing of it can be changed', () => {
    const config = loadConfig('all', {});
    assert.throws(() => Object.assign(config.http, { port: 1 }), TypeError);
    assert.throws(() => Object.assign(config.outbound.allow, ['0.0.0.0/0']), TypeError);
  });

  test('outbound connections reach loopback only while the API itself is on loopback', () => {
    const allowed = (environment: NodeJS.ProcessEnv): readonly string[] =>
      loadConfig('all', environment).outbound.allow;
    assert.deepEqual(allowed({}), ['127.0.0.0/8', '::1/128']);
    assert.deepEqual(allowed({ HOST: '::1' }), ['127.0.0.0/8', '::1/128']);
    assert.deepEqual(allowed({ HOST: '0.0.0.0' }), []);
    assert.deepEqual(allowed({ LADING_OUTBOUND_ALLOW: ' 10.0.0.0/8, db.internal:5432 ,,fd00::/8' }), [
      '10.0.0.0/8',
      'db.internal:5432',
      'fd00::/8',
    ]);
  });

  test('storage is a folder or a bucket', () => {
    const { storage } = loadConfig('all', { LADING_STORAGE: 's3://bucket/some/prefix/?endpoint=http://minio:9000' });
    assert.deepEqual(storage, {
      kind: 's3',
      bucket: 'bucket',
      prefix: 'some/prefix',
      endpoint: 'http://minio:9000',
      region: 'us-east-1',
      accessKeyId: null,
      secretAccessKey: null,
    });
  });

  test('every mistake of a storage is named, and nothing of it is repeated', () => {
    const mistakes = (storage: string, more: NodeJS.ProcessEnv = {}): readonly string[] =>
      mistakesOf(() => loadConfig('all', { LADING_STORAGE: storage, ...more }));
    assert.deepEqual(mistakes('s3://key:hidden-word@bucket/pre fix?endpoint=ftp://x&region=&acl=public#x'), [
      'LADING_STORAGE: must not have a key in it: AWS_ACCESS_KEY_ID is the place for it',
      "LADING_STORAGE: must have a prefix of letters, digits and !_.*'()- between slashes",
      'LADING_STORAGE: must have an endpoint such as https://minio.example.com:9000',
      'LADING_STORAGE: must have a region that is not empty',
      'LADING_STORAGE: may have endpoint and region after its question mark, nothing else',
    ]);
    for (const text of ['s3://b/x', 's3://Bucket_1/x', 's3:///x', 's3:bucket', 'gs://bucket/x', 'https://bucket/x']) {
      assert.equal(mistakes(text).length, 1, text);
    }
    assert.deepEqual(mistakes('s3://bucket/x', { AWS_SECRET_ACCESS_KEY: 'hidden-word' }), [
      'AWS_ACCESS_KEY_ID: is needed, as AWS_SECRET_ACCESS_KEY is set',
    ]);
    assert.deepEqual(mistakes('files/here', { AWS_ACCESS_KEY_ID: 'x' }), []);
    const both = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'hidden-word' };
    const { storage } = loadConfig('all', { LADING_STORAGE: 's3://bucket?region=eu-central-1', ...both });
    assert.ok(storage.kind === 's3' && storage.region === 'eu-central-1' && storage.prefix === '');
    assert.equal(storage.secretAccessKey?.reveal(), 'hidden-word');
  });

  test('.env.example lists every variable, each with one line that says what it is', () => {
    const lines = readFileSync(new URL('../.env.example', import.meta.url), 'utf8')
      .trimEnd()
      .split('\n');
    const listed = lines.filter((_, at) => at % 2 === 1).map((line) => line.slice(0, line.indexOf('=')));
    assert.deepEqual(listed.toSorted(), VARIABLE_NAMES.toSorted());
    for (const [at, line] of lines.entries()) {
      assert.match(line, at % 2 === 0 ? /^# \S.*\.$/u : /^[A-Z_0-9]+=\S*$/u);
    }
  });

  test('.env.example as it stands is what an empty environment gives', () => {
    const lines = readFileSync(new URL('../.env.example', import.meta.url), 'utf8').split('\n');
    const entries = lines.filter((line) => /^[A-Z]/u.test(line)).map((line) => line.split('=', 2));
    const environment = Object.fromEntries(entries) as Record<string, string>;
    assert.equal(JSON.stringify(loadConfig('all', environment)), JSON.stringify(loadConfig('all', {})));
  });
});

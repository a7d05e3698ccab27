import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadConfig, VARIABLE_NAMES } from '../src/config.ts';
import { SEARCH_ATTRIBUTES } from '../temporal/local-server.ts';

const service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()).optional(),
  environment: z.record(z.string(), z.string()).default({}),
  ports: z.array(z.string()).default([]),
  volumes: z.array(z.string()).default([]),
  healthcheck: z.unknown().optional(),
  restart: z.string(),
});
const file = z.object({ services: z.record(z.string(), service) });

const text = read('../docker-compose.yml');
const { services } = file.parse(parse(text, { merge: true }));
const ROLES = ['api', 'worker', 'migrate'] as const;

function read(path: string): string {
  return readFileSync(new URL(path, import.meta.url), 'utf8');
}

function serviceOf(name: string): z.output<typeof service> {
  const found = services[name];
  assert.ok(found !== undefined, `no service ${name}`);
  return found;
}

/** What a container gets when the operator has set only what has no default. */
function environmentOf(name: string): Record<string, string> {
  const given = Object.entries(serviceOf(name).environment).map(([variable, value]) => {
    const needed = value.replaceAll(/\$\{\w+:\?[^}]*\}/gu, 'set-by-the-operator');
    return [variable, needed.replaceAll(/\$\{\w+:-([^}]*)\}/gu, '$1')] as const;
  });
  return Object.fromEntries(given);
}

describe('docker-compose.yml', () => {
  for (const role of ROLES) {
    test(`${role} starts with just the variables it is given, and knows each of them`, () => {
      const environment = environmentOf(role);
      assert.deepEqual(
        Object.keys(environment).filter((name) => !VARIABLE_NAMES.includes(name)),
        [],
      );
      assert.equal(serviceOf(role).command?.[0], role);
      const config = role === 'migrate' ? loadConfig(role, environment) : loadConfig(role, environment);
      assert.equal(config.store.url.reveal(), 'postgres://lading:set-by-the-operator@postgres:5432/lading');
    });
  }

  test('API and workers agree on everything that they must share', () => {
    const [api, worker] = [environmentOf('api'), environmentOf('worker')];
    for (const name of [
      'DATABASE_URL',
      'TEMPORAL_ADDRESS',
      'TEMPORAL_TASK_QUEUE',
      'LADING_SECRET_KEY',
      'LADING_STORAGE',
    ]) {
      assert.equal(api[name], worker[name], name);
    }
  });

  test('API and workers share the volume that stored files lie in', () => {
    for (const role of ['api', 'worker'] as const) {
      const { storage } = loadConfig(role, environmentOf(role));
      assert.ok(storage.kind === 'folder', role);
      const volumes = serviceOf(role).volumes.map((volume) => volume.split(':'));
      const holding = volumes.filter(([, path = '']) => storage.path.startsWith(`${path}/`)).map(([name]) => name);
      assert.deepEqual(holding, ['lading-data'], role);
    }
  });

  test('no password and no key has a default', () => {
    for (const [name, { environment }] of Object.entries(services)) {
      for (const [variable, value] of Object.entries(environment)) {
        if (!/PASSWORD|PWD|SECRET|_KEY$|DATABASE_URL/u.test(variable)) continue;
        assert.match(value, /\$\{\w+:\?[^}]+\}/u, `${name}: ${variable}`);
      }
    }
    assert.doesNotMatch(text, /\$\{\w*(?:PASSWORD|SECRET|KEY)\w*:?-/u);
  });

  test('every image is pinned to a version', () => {
    const images = [
      ...Object.values(services).map(({ image }) => image),
      ...read('../Dockerfile').matchAll(/^FROM (\S+)/gmu),
    ];
    for (const image of images) {
      assert.match(typeof image === 'string' ? image : (image[1] ?? ''), /^[\w./-]+:\d+\.\d+[\w.-]*$/u);
    }
  });

  test('the image runs the same Node as everything else', () => {
    const { devDependencies } = z
      .object({ devDependencies: z.object({ node: z.string() }) })
      .parse(JSON.parse(read('../package.json')));
    const versions = [...read('../Dockerfile').matchAll(/^FROM node:([\d.]+)/gmu)].map((match) => match[1]);
    assert.deepEqual(new Set(versions), new Set([devDependencies.node]));
  });

  test('whatever stays up has a health check', () => {
    const staying = Object.entries(services).filter(([, { restart }]) => restart === 'unless-stopped');
    assert.deepEqual(staying.map(([name]) => name).toSorted(), [
      'api',
      'postgres',
      'temporal',
      'temporal-postgres',
      'temporal-ui',
      'worker',
    ]);
    for (const [name, { healthcheck }] of staying) assert.ok(healthcheck !== undefined, name);
  });

  test('workers can be scaled: no name and no port of their own', () => {
    assert.ok(!('container_name' in serviceOf('worker')));
    assert.deepEqual(serviceOf('worker').ports, []);
  });

  test('only loopback reaches what is published', () => {
    for (const { ports } of Object.values(services)) {
      for (const port of ports) assert.match(port, /^127\.0\.0\.1:/u);
    }
  });

  test('the namespace gets every search attribute that workflows carry', () => {
    const named = /for name in ((?:Lading\w+ ?)+);/u.exec(text)?.[1]?.split(' ');
    assert.deepEqual(named, [...SEARCH_ATTRIBUTES]);
  });
});

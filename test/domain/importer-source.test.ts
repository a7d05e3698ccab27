import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ImporterSource } from '../../src/domain/importer.ts';
import { samePlace, withoutSecret, withSecret } from '../../src/domain/importer-source.ts';

const at = (url: string): ImporterSource => ({ type: 'url', url });

test('the password in a URL is kept apart, as it was written, and put back', () => {
  const source = at('https://reader:p%40ss:w@feeds.example/a.csv?page=1');
  const { open, secret } = withoutSecret(source);
  assert.deepEqual(open, at('https://reader@feeds.example/a.csv?page=1'));
  assert.ok(secret !== null && decodeURIComponent(secret) === 'p@ss:w');
  const { username, password, host } = new URL((withSecret(open, secret) as { url: string }).url);
  assert.deepEqual([username, decodeURIComponent(password), host], ['reader', 'p@ss:w', 'feeds.example']);
});

test('a URL without a password stays as it was written', () => {
  for (const url of ['https://feeds.example', 'https://reader@feeds.example/ä b']) {
    assert.deepEqual(withoutSecret(at(url)), { open: at(url), secret: null });
    assert.deepEqual(withSecret(at(url), null), at(url));
  }
});

test('a password is for a host and a user, whatever file is asked for there', () => {
  const known = at('https://reader@feeds.example/a.csv');
  const same = (url: string): boolean => samePlace(known, at(url));
  assert.ok(same('https://reader@feeds.example/b.csv?page=2'));
  assert.deepEqual(
    [
      'https://writer@feeds.example/a.csv',
      'https://feeds.example/a.csv',
      'https://reader@feeds.example:8443/a.csv',
      'http://reader@feeds.example/a.csv',
      'https://reader@other.example/a.csv',
    ].filter(same),
    [],
  );
});

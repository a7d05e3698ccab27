import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { AppError } from '../../src/domain/errors.ts';
import { createSealer } from '../../src/platform/sealing.ts';

const PASSWORD = { tenantId: 't1', recordId: 'r1', purpose: 'profile.password' };

const internal = (error: unknown): boolean => error instanceof AppError && error.code === 'internal';

describe('a sealed secret', () => {
  const sealer = createSealer('any text at all');

  test('opens to what was sealed, whatever it is', () => {
    for (const secret of ['', 'hunter2', 'päß\0wört 🔑', 'x'.repeat(100_000)]) {
      assert.equal(sealer.open(sealer.seal(secret, PASSWORD), PASSWORD), secret);
    }
  });

  test('looks different every time and shows nothing of what it holds', () => {
    const [one, two] = [sealer.seal('hunter2', PASSWORD), sealer.seal('hunter2', PASSWORD)];
    assert.notEqual(one, two);
    assert.match(one, /^v1\.[0-9a-f]{8}\.[\w-]+$/);
    assert.equal(one.includes('hunter2'), false);
  });

  test('does not open for another tenant, record or purpose', () => {
    const sealed = sealer.seal('hunter2', PASSWORD);
    for (const part of ['tenantId', 'recordId', 'purpose'] as const) {
      assert.throws(() => sealer.open(sealed, { ...PASSWORD, [part]: 'other' }), internal);
    }
    // The parts of a binding do not run into each other.
    const joined = sealer.seal('hunter2', { tenantId: 'a', recordId: 'bc', purpose: 'd' });
    assert.throws(() => sealer.open(joined, { tenantId: 'ab', recordId: 'c', purpose: 'd' }), internal);
  });

  test('does not open when a single character of it was changed or it is cut', () => {
    const sealed = sealer.seal('hunter2', PASSWORD);
    const [version, keyId, body = ''] = sealed.split('.');
    for (let at = 0; at < body.length - 1; at += 1) {
      const other = body[at] === 'A' ? 'B' : 'A';
      const changed = `${version}.${keyId}.${body.slice(0, at)}${other}${body.slice(at + 1)}`;
      assert.throws(() => sealer.open(changed, PASSWORD), internal);
    }
    for (const text of ['', 'v1', 'v2.00000000.AAAA', sealed.slice(0, 20), `${sealed}.x`, sealed.toUpperCase()]) {
      assert.throws(() => sealer.open(text, PASSWORD), internal);
    }
  });

  test('opens after the key was changed as long as the old one is kept', () => {
    const sealed = sealer.seal('hunter2', PASSWORD);
    assert.equal(createSealer('new', ['older', 'any text at all']).open(sealed, PASSWORD), 'hunter2');
    assert.throws(() => createSealer('new').open(sealed, PASSWORD), /another secret key/);
  });

  test('needs a key', () => {
    assert.throws(() => createSealer(''), internal);
  });
});

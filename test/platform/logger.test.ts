import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { z } from 'zod';
import { createLogger, hideUrlPasswords } from '../../src/platform/logger.ts';
import { Secret } from '../../src/platform/secret.ts';

/** What was logged, parsed. */
function logged(work: (logger: ReturnType<typeof createLogger>) => void): unknown[] {
  const lines: string[] = [];
  work(createLogger('test', 'info', { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as unknown);
}

describe('the log', () => {
  test('is JSON lines with an ISO time, a level in words and the component', () => {
    const [line] = logged((logger) => logger.info({ job: 7 }, 'started'));
    assert.ok(typeof line === 'object' && line !== null && 'time' in line);
    assert.match(String(line.time), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u);
    assert.deepEqual(
      { ...line, time: '' },
      { time: '', level: 'info', component: 'test', pid: process.pid, job: 7, message: 'started' },
    );
  });

  test('holds no secret: neither by key, nor in a URL of an error, nor as a Secret', () => {
    const text = JSON.stringify(
      logged((logger) => {
        logger.warn({
          password: 'hidden-word',
          profile: { password: 'hidden-word', deeper: { token: 'hidden-word' } },
        });
        logger.error({ err: new Error('connect postgres://me:hidden-word@db/x failed') }, 'no source');
        logger.info({ key: new Secret('hidden-word') }, 'configured');
      }),
    );
    assert.doesNotMatch(text, /hidden-word/u);
    assert.match(text, /postgres:\/\/me:\[secret\]@db\/x/u);
  });

  test('leaves out the bytes that an error carries, which may be a request with its token', () => {
    const broken = Object.assign(new Error('Parse Error'), {
      code: 'HPE_INTERNAL',
      rawPacket: Buffer.from('hidden-word'),
    });
    const [line] = logged((logger) => logger.error({ err: broken }));
    const { rawPacket, ...told } = z.object({ err: z.looseObject({ rawPacket: z.unknown() }) }).parse(line).err;
    assert.equal(rawPacket, '[bytes]');
    assert.partialDeepStrictEqual(told, { message: 'Parse Error', code: 'HPE_INTERNAL' });
  });

  test('a text without a password stays as it is', () => {
    assert.equal(
      hideUrlPasswords('see https://example.com:8080/a@b and me@example.com'),
      'see https://example.com:8080/a@b and me@example.com',
    );
  });
});

describe('a secret', () => {
  test('prints as [secret] wherever it ends up, and is given out by name', () => {
    const secret = new Secret('hidden-word');
    assert.deepEqual(
      [
        String(secret),
        `${secret.toString()}`,
        JSON.stringify({ secret }),
        inspect(secret),
        inspect({ deep: { secret } }),
      ],
      ['[secret]', '[secret]', '{"secret":"[secret]"}', '[secret]', '{ deep: { secret: [secret] } }'],
    );
    assert.equal(secret.reveal(), 'hidden-word');
  });
});

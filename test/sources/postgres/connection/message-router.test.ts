import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { MessageRouter } from '../../../../src/sources/postgres/connection/message-router.ts';
import { seeded } from '../../../support/seeded.ts';
import type { Seeded } from '../../../support/seeded.ts';

const LIMIT = 1_000;

const message = (type: string, body: Buffer): Buffer => {
  const bytes = Buffer.alloc(5 + body.length);
  bytes.write(type, 'latin1');
  bytes.writeUInt32BE(body.length + 4, 1);
  body.copy(bytes, 5);
  return bytes;
};

const body = (random: Seeded, most: number): Buffer =>
  Buffer.from(Array.from({ length: random.below(most) }, () => random.below(256)));

/** What a router makes of a stream: rows by their body, the rest as it came, in the order in which they were told. */
function routed(pieces: readonly Buffer[], takesRows: boolean): string[] {
  const told: string[] = [];
  const router = new MessageRouter({
    maxBytes: LIMIT,
    rest: (bytes) => told.push(`rest ${bytes.toString('hex')}`),
    tooLarge: (bytes) => told.push(`too large ${bytes}`),
  });
  if (takesRows) router.rows = (bytes, start, end) => void told.push(`row ${bytes.toString('hex', start, end)}`);
  for (const piece of pieces) router.take(piece);
  // However the rest was cut, what counts is what lies between two rows.
  return told.reduce<string[]>((joined, entry) => {
    const last = joined.at(-1);
    if (last?.startsWith('rest') && entry.startsWith('rest')) joined[joined.length - 1] = last + entry.slice(5);
    else joined.push(entry);
    return joined;
  }, []);
}

/** A stream of bytes cut anywhere. */
function cut(bytes: Buffer, random: Seeded): Buffer[] {
  const pieces: Buffer[] = [];
  for (let from = 0; from < bytes.length;) {
    const upTo = Math.min(bytes.length, from + 1 + random.below(random.chance(0.5) ? 8 : 400));
    pieces.push(bytes.subarray(from, upTo));
    from = upTo;
  }
  return pieces;
}

describe('the messages of a server', () => {
  test('are told apart wherever they are cut: rows to their receiver, the rest as it came, in order', () => {
    const random = seeded(1);
    for (let round = 0; round < 500; round++) {
      const messages = Array.from({ length: 1 + random.below(20) }, () => ({
        type: random.pick(['D', 'D', 'T', 's', 'C', 'Z', 'N']),
        body: body(random, random.chance(0.2) ? LIMIT : 30),
      }));
      const bytes = Buffer.concat(messages.map((each) => message(each.type, each.body)));
      const expected = messages.reduce<string[]>((told, each) => {
        const last = told.at(-1);
        if (each.type === 'D') told.push(`row ${each.body.toString('hex')}`);
        else if (last?.startsWith('rest')) told[told.length - 1] = last + message(each.type, each.body).toString('hex');
        else told.push(`rest ${message(each.type, each.body).toString('hex')}`);
        return told;
      }, []);
      assert.deepEqual(routed(cut(bytes, random), true), expected);
      assert.deepEqual(routed(cut(bytes, random), false), [`rest ${bytes.toString('hex')}`]);
    }
  });

  test('end with one that is too large, before any of it is kept', () => {
    const random = seeded(2);
    for (const type of ['D', 'T']) {
      for (const takesRows of [true, false]) {
        const good = message('C', Buffer.from('SELECT 1\0'));
        const header = message(type, Buffer.alloc(LIMIT + 1)).subarray(0, 5);
        const bytes = Buffer.concat([good, header, Buffer.alloc(LIMIT + 1), good]);
        const told = routed(cut(bytes, random), takesRows);
        assert.equal(told.at(-1), `too large ${LIMIT + 1}`);
        assert.ok(told.length === 2 && told[0]?.startsWith(`rest ${good.toString('hex')}`), told.join(', '));
      }
    }
  });

  test('end with one whose length cannot be', () => {
    for (const length of [0, 3, 0xffffffff]) {
      const header = Buffer.from('D\0\0\0\0');
      header.writeUInt32BE(length, 1);
      for (const pieces of [[header], [header.subarray(0, 2), header.subarray(2)]]) {
        const [told] = routed(pieces, true);
        assert.match(told ?? '', /^too large 42949672\d\d$/);
      }
    }
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { watched } from '../../src/platform/watched.ts';

const never = new Promise<never>(() => undefined);

async function* counting(to: number, returned: () => void = () => undefined): AsyncGenerator<number> {
  try {
    for (let count = 0; count < to; count++) yield count;
  } finally {
    returned();
  }
}

async function all<T>(given: AsyncIterable<T>): Promise<T[]> {
  const pieces: T[] = [];
  for await (const piece of given) pieces.push(piece);
  return pieces;
}

describe('what is watched', () => {
  test('comes as it is, and ends as it ends', async () => {
    assert.deepEqual(await all(watched(counting(5), { stallMs: 1_000 })), [0, 1, 2, 3, 4]);
    const failing = async function* (): AsyncGenerator<number> {
      yield 1;
      throw new Error('broken');
    };
    await assert.rejects(all(watched(failing(), {})), /broken/u);
  });

  test('is left when a signal fires, at once and also between two pieces', async () => {
    const silent = new AbortController();
    const hanging = async function* (): AsyncGenerator<number> {
      yield 1;
      setImmediate(() => silent.abort(new Error('stopped')));
      await never;
    };
    await assert.rejects(all(watched(hanging(), { signal: silent.signal })), /stopped/u);

    const between = new AbortController();
    let returned = false;
    const read = async (): Promise<void> => {
      for await (const _ of watched(
        counting(5, () => void (returned = true)),
        { signal: between.signal },
      )) {
        between.abort(new Error('stopped'));
      }
    };
    await assert.rejects(read(), /stopped/u);
    assert.ok(returned);
    await assert.rejects(all(watched(counting(5), { signal: between.signal })), /stopped/u);
  });

  test('is left when nothing comes in time; the time its reader takes does not count', async () => {
    const hanging = async function* (): AsyncGenerator<number> {
      yield 1;
      await never;
    };
    const stall = { stallMs: 20, onStall: () => new Error('silent') };
    await assert.rejects(all(watched(hanging(), stall)), /silent/u);
    for await (const _ of watched(counting(3), stall)) await new Promise((resolve) => setTimeout(resolve, 60));
  });

  test('is not held on to when it has gone by', async () => {
    const { signal } = new AbortController();
    const large = async function* (): AsyncGenerator<Buffer> {
      for (let count = 0; count < 2_000; count++) {
        yield Buffer.alloc(500_000);
        if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
    };
    let most = 0;
    for await (const _ of watched(large(), { signal, stallMs: 10_000 })) {
      most = Math.max(most, process.memoryUsage().arrayBuffers);
    }
    assert.ok(most < 500_000_000, `${most} of 1,000,000,000 bytes were in memory`);
  });
});

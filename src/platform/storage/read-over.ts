import { open } from 'node:fs/promises';

/** The bytes of a file from `start` up to `end`, in pieces of which each is written over by the next but one. */
export async function* readOver(
  path: string,
  { start, end, pieceBytes }: { readonly start: number; readonly end: number; readonly pieceBytes: number },
): AsyncGenerator<Buffer, void, undefined> {
  const handle = await open(path, 'r');
  const size = Math.min(pieceBytes, end - start);
  const memory = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)] as const;
  let turn: 0 | 1 = 0;
  let position = start;
  const readNext = async (): Promise<Buffer> => {
    const into = memory[turn];
    turn = turn === 0 ? 1 : 0;
    const { bytesRead } = await handle.read(into, 0, Math.min(into.length, end - position), position);
    position += bytesRead;
    return into.subarray(0, bytesRead);
  };
  let reading = readNext();
  try {
    for (;;) {
      const piece = await reading;
      if (piece.length === 0) return;
      reading = readNext();
      reading.catch(() => undefined);
      yield piece;
    }
  } finally {
    // Nothing may be read into memory or from a file that is closed.
    await reading.catch(() => undefined);
    await handle.close();
  }
}

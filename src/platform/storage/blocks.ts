/** Pieces of bytes that are written at once. */
export interface Block {
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
}

/**
 * Gathers small pieces into blocks of at least `minBytes`, the last one excepted: a write, or a request, costs the same
 * for a few bytes as for many. With `exact` a block has exactly that many. Nothing is copied.
 */
export async function* blocks(
  body: AsyncIterable<Uint8Array>,
  minBytes: number,
  { exact = false }: { exact?: boolean } = {},
): AsyncGenerator<Block, void, undefined> {
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of body) {
    let rest = bytes;
    while (exact && size + rest.length > minBytes) {
      pieces.push(rest.subarray(0, minBytes - size));
      rest = rest.subarray(minBytes - size);
      yield { pieces, size: minBytes };
      pieces = [];
      size = 0;
    }
    if (rest.length === 0) continue;
    pieces.push(rest);
    size += rest.length;
    if (size >= minBytes) {
      yield { pieces, size };
      pieces = [];
      size = 0;
    }
  }
  if (size > 0) yield { pieces, size };
}

import { IS_ESCAPE, IS_QUOTE, PLAIN, SPACE } from './byte-kinds.ts';
import type { ByteKinds } from './byte-kinds.ts';

/**
 * Moves what follows each escape over it, within its value. An escape before anything else than a quote or an escape is
 * a character like others.
 * @param cells where values lie and their lengths, which become shorter
 * @param escaped where in `cells` the values are that have escapes
 */
export function takeEscapesOut(bytes: Buffer, cells: Int32Array, escaped: readonly number[], kinds: ByteKinds): void {
  const { inside } = kinds;
  const escape = kinds.doubled ? IS_QUOTE : IS_ESCAPE;
  for (const cell of escaped) {
    const start = cells[cell] as number;
    const end = start + (cells[cell + 1] as number);
    let to = start;
    for (let from = start; from < end; from++) {
      if (inside[bytes[from] as number] === escape) {
        const next = from + 1 < end ? inside[bytes[from + 1] as number] : PLAIN;
        if (next === IS_QUOTE || next === escape) from += 1;
      }
      bytes[to++] = bytes[from] as number;
    }
    cells[cell + 1] = to - start;
    // What is left over might begin in the middle of a character.
    bytes.fill(SPACE, to, end);
  }
}

/** Columns a sheet can have: XFD. */
const MAX_COLUMN = 16_384;

/** The column of a reference such as `BC23`, from 0; -1 when it is none or lies beyond the last column. */
export function columnOf(reference: string): number {
  let column = 0;
  let at = 0;
  for (; at < reference.length; at += 1) {
    const code = reference.charCodeAt(at) & ~0x20;
    if (code < 65 || code > 90) break;
    column = column * 26 + code - 64;
    if (column > MAX_COLUMN) return -1;
  }
  return at === reference.length ? -1 : column - 1;
}

/** `BC` of 54. */
export function columnName(column: number): string {
  let name = '';
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name;
  }
  return name;
}

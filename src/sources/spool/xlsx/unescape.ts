const ESCAPE = /_x([0-9a-f]{4})_/gi;

/** Text of a cell with `_xHHHH_` made the character it stands for (ECMA-376 part 1, 22.9.2.19). */
export function unescaped(text: string): string {
  if (!text.includes('_x') && !text.includes('_X')) return text;
  return text.replaceAll(ESCAPE, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

/** What has to be quoted in PostgreSQL's text of a list (arrayfuncs.c, `array_out`): marks, blanks, nothing, and the word NULL. */
const QUOTED = /[{}",\\ \t\n\r\v\f]|^$|^null$/iu;

/** A list of texts as PostgreSQL prints it. */
export function listText(items: readonly string[]): string {
  const printed = items.map((item) => (QUOTED.test(item) ? `"${item.replaceAll(/["\\]/gu, String.raw`\$&`)}"` : item));
  return `{${printed.join(',')}}`;
}

/**
 * One item of such a text: quoted, with marks behind backslashes, or plain. Blanks are PostgreSQL's own, so that it does
 * not matter whether the text is one of characters or of the bytes of UTF-8.
 */
const ITEM = /[ \t\n\r\v\f]*(?:"((?:[^"\\]|\\.)*)"|([^{}",\\]*[^{}",\\ \t\n\r\v\f]))[ \t\n\r\v\f]*(,|\}$)/suy;

const OUTER_BLANKS = /^[ \t\n\r\v\f]+|[ \t\n\r\v\f]+$/gu;
const EMPTY = /^\{[ \t\n\r\v\f]*\}$/u;

/** The items of a list as PostgreSQL prints it; null for a text that is none, or that has lists or nulls in it. */
export function readListText(text: string): string[] | null {
  const given = text.replaceAll(OUTER_BLANKS, '');
  if (EMPTY.test(given)) return [];
  if (!given.startsWith('{') || !given.endsWith('}')) return null;
  const items: string[] = [];
  ITEM.lastIndex = 1;
  for (;;) {
    const found = ITEM.exec(given);
    if (found === null) return null;
    const [, quoted, plain, end] = found;
    if (plain?.toLowerCase() === 'null') return null;
    items.push(quoted === undefined ? (plain ?? '') : quoted.replaceAll(/\\(.)/gsu, '$1'));
    if (end === '}') return items;
  }
}

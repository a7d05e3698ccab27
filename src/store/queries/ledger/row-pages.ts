/** Rows by ascending number, got a page at a time: `pageAfter` gives those after a number, and none when there are none. */
export async function* rowPages<Row extends { readonly rowNumber: number }>(
  after: number,
  pageAfter: (after: number) => Promise<readonly Row[]>,
): AsyncGenerator<Row, void, undefined> {
  for (let last = after; ;) {
    const page = await pageAfter(last);
    const end = page.at(-1);
    if (end === undefined) return;
    yield* page;
    last = end.rowNumber;
  }
}

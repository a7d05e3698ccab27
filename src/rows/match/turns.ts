/** Work that takes long: it yields wherever others may have their turn. */
export type Turns<Result> = Generator<undefined, Result, undefined>;

/** Does work without giving anybody a turn. */
export function atOnce<Result>(work: Turns<Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
  }
}

/** Records, or pairs of them, that are looked at before others may have their turn. */
const A_TURN = 500;

/** Does something with each of many, a turn at a time. */
export function* eachInTurns<Item>(items: Iterable<Item>, take: (item: Item, at: number) => void): Turns<void> {
  let at = 0;
  for (const item of items) {
    take(item, at);
    if (++at % A_TURN === 0) yield;
  }
}

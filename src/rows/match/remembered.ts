/** Values of so many keys are kept at the least, of twice as many at the most. */
const KEPT = 4_096;
/** Longer texts hardly come again. */
const LONGEST = 48;

/** A function of texts that remembers what it made of those it met lately. */
export function remembered<Value>(make: (text: string) => Value): (text: string) => Value {
  let young = new Map<string, Value>();
  let old = young;
  return (text) => {
    if (text.length > LONGEST) return make(text);
    let value = young.get(text);
    if (value !== undefined) return value;
    value = old.get(text) ?? make(text);
    if (young.size >= KEPT) {
      old = young;
      young = new Map();
    }
    young.set(text, value);
    return value;
  };
}

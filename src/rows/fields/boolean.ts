const YES = 't true y yes on 1 ya ja j wahr oui vrai si sí verdadero sim verdadeiro vero waar tak da';
const NO = 'f false n no off 0 tidak nein falsch non faux falso não nao nee onwaar nie ne';

/** What is read as true and as false, in English, Indonesian and the larger languages of Europe; case does not matter. */
const WORDS: ReadonlyMap<string, 't' | 'f'> = new Map([
  ...YES.split(' ').map((word) => [word, 't'] as const),
  ...NO.split(' ').map((word) => [word, 'f'] as const),
]);

/** `t` or `f`; null for what is neither. */
export function readBoolean(text: string): 't' | 'f' | null {
  return WORDS.get(text) ?? WORDS.get(text.toLowerCase().normalize('NFC')) ?? null;
}

import { wordsOf } from './fold.ts';

/** Legal forms of companies: they come and go in the same company's name and say nothing of which it is. */
const LEGAL_FORMS: ReadonlySet<string> = new Set(
  (
    'ab ag aps as asa bhd bv bvba co company corp corporation cv doo ev gbr gmbh group holding holdings inc incorporated kft kg kgaa ' +
    'lda limited llc llp lp ltd ltda mbh nv oao ohg ooo oy oyj plc pt pte pty pvt sa sarl sas sasu sdn se sl snc sp spa spzoo srl sro ' +
    'tbk ug zao zrt cie limitada the and und et y e de a of'
  ).split(' '),
);

/** The words that name a company, in their order; when nothing but legal forms is there, all of them. */
export function companyWords(value: string): string[] {
  const words = joinInitials(wordsOf(value.replaceAll('&', ' and ')));
  const naming = words.filter((word) => !LEGAL_FORMS.has(word));
  return naming.length > 0 ? naming : words;
}

/** Single letters in a row are one word: `s a` of "S.A.", `i b m` of "I.B.M.". */
export function joinInitials(words: readonly string[]): string[] {
  const joined: string[] = [];
  let run = '';
  for (const word of words) {
    if (word.length === 1 && word >= 'a') {
      run += word;
      continue;
    }
    if (run !== '') joined.push(run);
    run = '';
    joined.push(word);
  }
  if (run !== '') joined.push(run);
  return joined;
}

/** Whether words end as the names of companies do: Acme Ltd. */
export function endsAsCompany(words: readonly string[]): boolean {
  return words.length > 1 && LEGAL_FORMS.has(words.at(-1) ?? '');
}

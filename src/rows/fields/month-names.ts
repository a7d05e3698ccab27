/** Months in English, Indonesian, German, French, Spanish, Portuguese, Italian and Dutch, whole and as they are shortened. */
const NAMES: readonly string[] = [
  'january januari januar jänner janvier enero janeiro gennaio jan jän janv ene gen',
  'february februari februar feber fevrier febrero fevereiro febbraio feb febr fev fevr peb pebruari',
  'march maret marz maerz mars marzo marco maart mar mrz mrt',
  'april avril abril aprile apr avr abr',
  'may mei mai mayo maio maggio mag',
  'june juni juin junio junho giugno jun giu',
  'july juli juillet julio julho luglio jul juil lug',
  'august agustus aout agosto augustus aug agu agt ags ago',
  'september septembre septiembre setiembre setembro settembre sep sept set',
  'october oktober octobre octubre outubro ottobre oct okt out ott',
  'november nopember novembre noviembre novembro nov nop',
  'december desember dezember decembre diciembre dezembro dicembre dec des dez dic',
];

const MONTHS: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names, index) => names.split(' ').map((name) => [folded(name), index + 1] as const)),
);

/** The month, 1 to 12, that a word names, whatever its case and accents; null for any other word. */
export function monthOf(word: string): number | null {
  return MONTHS.get(folded(word)) ?? null;
}

function folded(word: string): string {
  return word
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase();
}

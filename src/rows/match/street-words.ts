import { wordsOf } from './fold.ts';
import { remembered } from './remembered.ts';

const ABBREVIATIONS =
  'st street,str strasse,rd road,ave avenue,av avenue,blvd boulevard,bd boulevard,dr drive,ln lane,ct court,cct circuit,crct circuit,' +
  'cres crescent,cr crescent,pl place,sq square,ter terrace,tce terrace,pde parade,hwy highway,pkwy parkway,wy way,cl close,' +
  'gr grove,gdns gardens,gdn garden,ctr center,centre center,n north,s south,e east,w west,nr number,no number,apt apartment,' +
  'ste suite,fl floor,bldg building,jl jalan,jln jalan,mt mount,pza plaza,expy expressway,rte route,bch beach,hts heights';
const FULL: ReadonlyMap<string, string> = new Map(
  ABBREVIATIONS.split(',').map((pair) => {
    const [short = '', long = ''] = pair.split(' ');
    return [short, long];
  }),
);
/** Words that say what kind of way it is, or which flat: left out of comparing, as often wrong or missing as right. */
const KINDS: ReadonlySet<string> = new Set(
  (
    'street strasse road avenue boulevard drive lane court circuit crescent place square terrace parade highway parkway ' +
    'way close grove number suite floor building apartment unit flat jalan rue via calle platz north south east west the of'
  ).split(' '),
);
const ORDINALS: ReadonlyMap<string, string> = new Map(
  'first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth'
    .split(' ')
    .map((word, at) => [word, `${at + 1}`] as const),
);
const ORDINAL = /^(\d+)(?:st|nd|rd|th)$/;
const HAS_DIGIT = /\d/;
const JOINED = /^(\p{L}{3,})(?:strasse|str)$/u;

export interface StreetParts {
  /** The house number: the first word with a digit that is no ordinal; empty when there is none. */
  readonly number: string;
  /** The words that name the street, abbreviations written out, kinds of street left out unless there is nothing else. */
  readonly words: readonly string[];
}

/** What follows tells where in the street it is, and is told by some and not by others. */
const WHEREABOUTS: ReadonlySet<string> = new Set(['between', 'near', 'opposite', 'off', 'at', 'corner', 'cnr']);
const GLUED = /(stra(?:ß|ss)e)(?=\d)/gi;

/** A word of an address: what it reads in full, and what it is. */
interface StreetWord {
  readonly text: string;
  readonly is: 'name' | 'number' | 'kind' | 'whereabouts';
}

const streetWord = remembered((raw): StreetWord => {
  const ordinal = ORDINALS.get(raw) ?? ORDINAL.exec(raw)?.[1];
  if (ordinal !== undefined) return { text: ordinal, is: 'name' };
  if (HAS_DIGIT.test(raw)) return { text: raw, is: 'number' };
  if (WHEREABOUTS.has(raw)) return { text: raw, is: 'whereabouts' };
  const text = FULL.get(raw) ?? JOINED.exec(raw)?.[1] ?? raw;
  return { text, is: KINDS.has(text) ? 'kind' : 'name' };
});

/** Takes an address line apart. */
export function streetParts(value: string): StreetParts {
  let number = '';
  const named: string[] = [];
  const kinds: string[] = [];
  const words = wordsOf(value.replace(GLUED, '$1 '));
  for (let at = 0; at < words.length; at++) {
    const { text, is } = streetWord(words[at] ?? '');
    if (is === 'whereabouts' && at > 0 && at + 1 < words.length) break;
    if (is === 'kind') kinds.push(text);
    else if (is === 'number' && number === '') number = text.replace(/^0+(?=\d)/, '');
    else named.push(text);
  }
  return { number, words: named.length > 0 ? named : kinds };
}

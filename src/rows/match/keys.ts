import type { Comparable } from './comparable.ts';
import { hash53 } from './hash.ts';
import type { MatchRecord } from './match-record.ts';
import { soundOf } from './sound.ts';
import type { Trait } from './trait.ts';

/** Where the traits lie that keys are made of; -1 where there is none. */
export interface KeyPlan {
  readonly given: number;
  readonly family: number;
  readonly street: number;
  readonly birth: number;
  readonly postcode: number;
  /** What stands beside a name or word in a pair: cities, postcodes, birth dates, years. */
  readonly anchors: readonly number[];
  readonly companies: readonly number[];
  /** Names have nothing to be paired with but each other. */
  readonly onlyNames: boolean;
  readonly emails: readonly number[];
  readonly phones: readonly number[];
  readonly codes: readonly number[];
  /** Texts that name the thing itself, when it is no person. */
  readonly subjects: readonly number[];
}

const ANCHORS: ReadonlySet<string> = new Set(['city', 'postcode', 'birth_date', 'date', 'year']);
const SUBJECT_ROLES: ReadonlySet<string> = new Set(['company', 'title', 'people', 'text']);

export function keyPlan(traits: readonly Trait[]): KeyPlan {
  const first = (test: (trait: Trait) => boolean): number => traits.findIndex(test);
  const all = (test: (trait: Trait) => boolean): number[] => traits.flatMap((trait, at) => (test(trait) ? [at] : []));
  const family = first((trait) => trait.kind === 'family');
  const anchors = all((trait) => ANCHORS.has(trait.role));
  const street = first((trait) => trait.kind === 'street');
  return {
    given: first((trait) => trait.kind === 'given'),
    family,
    street,
    onlyNames: anchors.length === 0 && street < 0,
    birth: first((trait) => trait.role === 'birth_date'),
    postcode: first((trait) => trait.role === 'postcode'),
    anchors,
    companies: all((trait) => trait.role === 'company'),
    emails: all((trait) => trait.kind === 'email'),
    phones: all((trait) => trait.kind === 'phone'),
    codes: all((trait) => trait.kind === 'code'),
    subjects: family >= 0 ? [] : all((trait) => SUBJECT_ROLES.has(trait.role)),
  };
}

/** Takes a key: its text and, as bits, the traits it is made of. */
export type TakeKey = (key: number, traits: number) => void;

const unordered = (one: string, other: string, seed: number): number =>
  one < other ? hash53(one, seed, other) : hash53(other, seed, one);

const SUBJECT_WORDS = 4;

/** The words of a value that tell most, at most so many, the most telling first. */
function tellingWords(value: Comparable, most: number): readonly string[] {
  const { words } = value;
  if (words.length === 1) return words;
  const { weights } = value;
  const chosen: number[] = [];
  for (let at = 0; at < words.length; at++) {
    if ((words[at] ?? '').length < 2) continue;
    const weight = weights[at] ?? 0;
    let place = chosen.length;
    while (place > 0 && weight > (weights[chosen[place - 1] ?? 0] ?? 0)) place--;
    if (place >= most) continue;
    chosen.splice(place, 0, at);
    if (chosen.length > most) chosen.pop();
  }
  return chosen.map((at) => words[at] ?? '');
}

/** Seeds of keys are below this. */
const OTHER = 2 ** 11;

/**
 * What a pair of a name and a place has of the other name: that two have a surname and a place in common says that they are
 * of one family, so who has the same initial, too, is looked at. That of the full name where it is a short form.
 */
const initialOf = (name: Comparable): number =>
  name.text === '' ? 0 : (name.roots[0] ?? name.part).charCodeAt(0) & 0xfffff;

function nameKeys(plan: KeyPlan, record: MatchRecord, take: TakeKey): void {
  const given = record.at(plan.given);
  const family = record.at(plan.family);
  const givenBit = plan.given < 0 ? 0 : 1 << plan.given;
  const familyBit = plan.family < 0 ? 0 : 1 << plan.family;
  if (given.text !== '' && family.text !== '') {
    const simple = given.words.length + family.words.length === 2;
    const words = simple ? '' : [...given.words, ...family.words].toSorted().join(' ');
    take(simple ? unordered(given.text, family.text, 1) : hash53(words, 1), givenBit | familyBit);
    // Who has an equal name sounds equal, too: where there is more to pair names with, that is no second sign.
    if (plan.onlyNames) take(unordered(given.sound, family.sound, 2), givenBit | familyBit);
  }
  const initials = OTHER * initialOf(given);
  const others = OTHER * initialOf(family);
  for (const at of plan.anchors) {
    const anchor = record.at(at).text;
    if (anchor === '') continue;
    const bits = (1 << at) | givenBit | familyBit;
    // Who shares surname and birth date is looked at whatever the given name.
    const alone = at === plan.birth;
    // One seed for given and family names, so that names that changed places meet.
    if (family.text !== '') take(hash53(family.sound, (alone ? 0 : initials) + 32 + at, anchor), bits);
    if (given.text !== '') take(hash53(given.sound, (alone ? 0 : others) + 32 + at, anchor), bits);
  }
  for (const at of plan.companies) {
    const company = record.at(at);
    if (company.text === '') continue;
    const bits = (1 << at) | givenBit | familyBit;
    for (const word of tellingWords(company, 1)) {
      if (family.text !== '') take(hash53(family.sound, initials + 3, word), bits);
      if (given.text !== '') take(hash53(given.sound, others + 3, word), bits);
    }
  }
  const street = record.at(plan.street);
  if (street.text === '') return;
  const bits = (1 << plan.street) | givenBit | familyBit;
  for (const word of tellingWords(street, 2)) {
    if (family.text !== '') take(hash53(family.sound, initials + 4, soundOf(word)), bits);
  }
}

function placeKeys(plan: KeyPlan, record: MatchRecord, take: TakeKey): void {
  const street = record.at(plan.street);
  if (street.part !== '') {
    const bit = 1 << plan.street;
    const initial = OTHER * initialOf(record.at(plan.given));
    for (const word of tellingWords(street, 3)) take(hash53(street.part, initial + 5, soundOf(word)), bit);
    const birth = record.at(plan.birth);
    if (birth.text !== '') {
      take(hash53(street.part, 6, birth.text), bit | (1 << plan.birth));
    }
  }
  const birth = record.at(plan.birth);
  const postcode = record.at(plan.postcode);
  if (birth.text !== '' && postcode.text !== '') {
    take(hash53(birth.text, 7, postcode.text), (1 << plan.birth) | (1 << plan.postcode));
  }
}

function contactKeys(plan: KeyPlan, record: MatchRecord, take: TakeKey): void {
  for (const at of plan.emails) {
    for (const address of record.at(at).words) {
      take(hash53(address, 8), 1 << at);
      const local = address.slice(0, address.lastIndexOf('@'));
      if (local.length >= 4) take(hash53(local, 9), 1 << at);
    }
  }
  for (const at of plan.phones) {
    const initial = OTHER * initialOf(record.at(plan.given));
    for (const number of record.at(at).words) {
      const local = number.slice(-7);
      take(hash53(local, 10), 1 << at);
      // Where many have the number, who has it and the same initial, too.
      if (initial > 0) take(hash53(local, initial + 10), (1 << at) | (1 << plan.given));
    }
  }
  for (const at of plan.codes) {
    const code = record.at(at).text;
    if (code.length >= 3) take(hash53(code, 64 + at), 1 << at);
  }
}

function subjectKeys(plan: KeyPlan, record: MatchRecord, take: TakeKey): void {
  for (const at of plan.subjects) {
    const subject = record.at(at);
    if (subject.text === '') continue;
    const bit = 1 << at;
    take(hash53(subject.text, 128 + at), bit);
    const words = tellingWords(subject, SUBJECT_WORDS);
    words.forEach((word, index) => {
      take(hash53(word, 160 + at), bit);
      const sound = soundOf(word);
      for (const later of words.slice(index + 1)) {
        const other = soundOf(later);
        take(unordered(sound, other, 192 + at), bit);
      }
      if (index > 2) return;
      for (const anchor of plan.anchors) {
        const text = record.at(anchor).text;
        if (text !== '') take(hash53(sound, 224 + at * 32 + anchor, text), bit | (1 << anchor));
      }
      const street = record.at(plan.street);
      if (street.part !== '') {
        take(hash53(sound, 11, street.part), bit | (1 << plan.street));
      }
    });
  }
}

/**
 * The keys of a record, each with the traits it is made of; the same key may come twice. Two records can only be found
 * to be the same when they share one: e-mail, its local part, the last seven digits of a phone, a code, the name whatever
 * its order, pairs of a name's sound with city, postcode, company and street (each with the other name's initial) and with the
 * birth date, house number with street and the given name's initial, the sound of the name where there is nothing else, and of
 * texts their most telling words, alone and in pairs.
 */
export function recordKeys(plan: KeyPlan, record: MatchRecord, take: TakeKey): void {
  nameKeys(plan, record, take);
  placeKeys(plan, record, take);
  contactKeys(plan, record, take);
  subjectKeys(plan, record, take);
}

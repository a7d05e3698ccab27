import { randomOf } from '../src/demo/random.ts';
import type { Random } from '../src/demo/random.ts';
import { heard, scanned } from './misheard.ts';
import type { PeopleSet } from './people.ts';
import { COMPANIES } from './people-words.ts';
import { address, digits } from './person.ts';

type Cells = (string | null)[];

/** How a kind of thing is invented, how one that is much like another but not it, and how it is written elsewhere. */
interface Trade {
  readonly fields: readonly string[];
  readonly make: (random: Random, at: number) => Cells;
  readonly sibling: (random: Random, cells: Cells) => Cells;
  readonly written: (random: Random, cells: Cells) => Cells;
}

const dropWord = (random: Random, text: string): string => {
  const words = text.split(' ');
  if (words.length > 2) words.splice(1 + random.below(words.length - 1), 1);
  return words.join(' ');
};

const HEADS = COMPANIES.map((name) => name.split(' ')[0] ?? '');
const KINDS = 'Engineering International Supplies Transport Brothers Packaging Energy Media Consulting Bakery'.split(
  ' ',
);
const FORMS = ['Pty Ltd', 'Ltd', 'Inc.', 'GmbH', 'B.V.', 'S.A.', ''];

const companies: Trade = {
  fields: ['company_name', 'street', 'city', 'postcode', 'phone', 'vat_no'],
  make: (random) => {
    const home = address(random);
    const name = `${random.pick(HEADS)} ${random.chance(0.4) ? `& ${random.pick(HEADS)} ` : ''}${random.pick(KINDS)}`;
    return [
      `${name} ${random.pick(FORMS)}`.trim(),
      home.street,
      home.city,
      home.postcode,
      `02${digits(random, 8)}`,
      digits(random, 9),
    ];
  },
  // A branch: the name of the company elsewhere, without a number of its own.
  sibling: (random, [name = null]) => {
    const home = address(random);
    return [name, home.street, home.city, home.postcode, `02${digits(random, 8)}`, null];
  },
  written: (random, [name = null, street = null, city = null, postcode = null, phone = null, vat = null]) => {
    let called = (name ?? '').replace(/ (?:Pty Ltd|Ltd|Inc\.|GmbH|B\.V\.|S\.A\.)$/, '');
    if (random.chance(0.4)) called = `${called} ${random.pick(FORMS)}`.trim();
    if (random.chance(0.3))
      called = called.replace('&', 'and').replace('International', 'Intl').replace('Brothers', 'Bros.');
    if (random.chance(0.2)) called = heard(random, called);
    return [
      random.chance(0.2) ? called.toUpperCase() : called,
      random.chance(0.2) ? null : random.chance(0.2) ? scanned(random, street ?? '') : street,
      city,
      random.chance(0.2) ? null : postcode,
      random.chance(0.3) ? null : `+61 2 ${phone?.slice(2, 6)} ${phone?.slice(6)}`,
      random.chance(0.5) ? null : vat,
    ];
  },
};

const BRANDS = 'Norvik Altera Kestrel Lumo Fendon Braxa Tolvan Siro Maxel Orbis Quanta Pelham Veridian Zentra'.split(
  ' ',
);
const THINGS = 'drill,kettle,monitor,router,vacuum cleaner,desk lamp,headphones,printer,hard disk,coffee machine'.split(
  ',',
);
const COLOURS = 'black white silver red blue green'.split(' ');

const products: Trade = {
  fields: ['title', 'brand', 'model', 'price'],
  make: (random) => {
    const [brand, thing, colour] = [random.pick(BRANDS), random.pick(THINGS), random.pick(COLOURS)];
    const model = `${brand.slice(0, 2).toUpperCase()}-${digits(random, 4)}${random.pick(['', 'X', 'S', 'B'])}`;
    const title = `${brand} ${model} ${random.pick(['Pro', 'Compact', 'Home', 'Max'])} ${thing} ${100 * (1 + random.below(20))} W ${colour}`;
    return [title, brand, model, String(10 + random.below(900))];
  },
  // Another of the same series.
  sibling: (random, [title = null, brand = null, model = null, price = null]) => {
    const other = (model ?? '').replace(/\d\d(\D*)$/, `${digits(random, 2)}$1`);
    return [title?.replace(model ?? '', other) ?? null, brand, other, price];
  },
  written: (random, [title = null, brand = null, model = null, price = null]) => {
    let told = title ?? '';
    if (random.chance(0.5)) told = told.replace(/(\d+) W/, '$1W');
    if (random.chance(0.4)) told = told.replace('-', random.pick(['', ' ']));
    if (random.chance(0.3)) told = dropWord(random, told);
    if (random.chance(0.3)) told = told.split(' ').toReversed().join(' ');
    const cost = Math.round(Number(price) * (0.9 + 0.2 * random.fraction()));
    return [
      told,
      random.chance(0.3) ? null : brand,
      random.chance(0.5) ? null : model,
      random.chance(0.2) ? null : String(cost),
    ];
  },
};

function traded(name: string, trade: Trade, existing: number, incoming: number, seed: number): PeopleSet {
  const there = Array.from({ length: existing }, (_, at) => trade.make(randomOf(seed, 4, at), at));
  const truth: [number, number][] = [];
  const kin = new Set<number>();
  const met = new Set<number>();
  const rows = Array.from({ length: incoming }, (_, at): Cells => {
    const random = randomOf(seed, 5, at);
    const who = random.below(existing);
    const known = there[who] ?? [];
    const what = random.fraction();
    if (what < 0.5 && !met.has(who)) {
      met.add(who);
      truth.push([who, at]);
      return trade.written(random, known);
    }
    if (what < 0.75) kin.add(at);
    return trade.written(random, what < 0.75 ? trade.sibling(random, known) : trade.make(random, existing + at));
  });
  return { name, fields: trade.fields.map((field) => ({ name: field })), rows: there, incoming: rows, truth, kin };
}

/** Companies with branches and products in series, the same for the same seed; `kin` are branches and others of a series. */
export function trades(existing: number, incoming: number, seed: number): PeopleSet[] {
  return [
    traded('companies', companies, existing, incoming, seed),
    traded('products', products, existing, incoming, seed),
  ];
}

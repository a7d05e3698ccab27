import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { CONTACT_COLUMNS } from './contacts.ts';

const FIRST = 'Anna Boris Carla Daniel Elif Farid Greta Henrik Ingrid Jonas Katarzyna Leon Mirela Nadia Oskar Paula';
const LAST = 'Abel Baumann Castillo Dvorak Eriksson Fontaine Hoffmann Ibrahim Jansen Kowalski Lindqvist Moreau Novak';
const FIRM = 'Alder Beacon Cobalt Drift Ember Fathom Granite Harbour Iron Juniper Kestrel Lumen Marlow North Orchard';
const TRADE = 'Freight Labs Logistics Foods Optics Robotics Shipping Systems Textiles Tools Trading Works';
const STREET = 'Almond Birch Canal Dock Elm Ferry Garden Harbour Island Juniper King Lime Mill North Oak Park Quay';
const TOWN = 'Bergen,Brno,Gdańsk,Graz,Leeds,Lübeck,Malmö,Nantes,Porto,Tallahassee,Utrecht,Joinville';
const ROLE = 'Accountant Buyer Dispatcher Engineer Manager Planner Specialist Supervisor Technician';
const LAND = 'NO CZ PL AT GB DE SE FR PT US NL BR';

/** A number of a row, the same each time; `salt` tells the numbers of one row apart (Mulberry32's mixing). */
function draw(id: number, salt: number): number {
  let mixed = Math.imul(id ^ (salt * 0x9e3779b1), 0x85ebca6b) >>> 0;
  mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

const pick = (list: readonly string[], id: number, salt: number): string => list[draw(id, salt) % list.length] ?? '';
const LISTS = {
  first: FIRST.split(' '),
  last: LAST.split(' '),
  firm: FIRM.split(' '),
  trade: TRADE.split(' '),
  street: STREET.split(' '),
  town: TOWN.split(','),
  role: ROLE.split(' '),
  land: LAND.split(' '),
};

/** One contact as a line of CSV; its street holds a comma and is quoted. `version` changes telephone and job. */
function contactLine(id: number, version: 0 | 1 = 0): string {
  const first = pick(LISTS.first, id, 1);
  const last = pick(LISTS.last, id, 2);
  const firm = pick(LISTS.firm, id, 3);
  const born = new Date(Date.UTC(1940, 0, 1 + (draw(id, 4) % 25_000))).toISOString().slice(0, 10);
  return [
    id,
    `${first} ${last}`,
    first,
    last,
    `${first}.${last}.${id}@${firm}.example.com`.toLowerCase(),
    `+${30 + (draw(id, 5 + version * 20) % 60)} ${1_000_000 + (draw(id, 6 + version * 20) % 9_000_000)}`,
    `${firm} ${pick(LISTS.trade, id, 7)} International`,
    `${pick(LISTS.role, id, 8 + version * 20)} of ${pick(LISTS.trade, id, 9)}`,
    `"${1 + (draw(id, 10) % 250)} ${pick(LISTS.street, id, 11)} Street, Building ${1 + (draw(id, 12) % 40)}"`,
    pick(LISTS.town, id, 13),
    `District ${1 + (draw(id, 14) % 90)}`,
    10_000 + (draw(id, 15) % 90_000),
    pick(LISTS.land, id, 16),
    born,
  ].join(',');
}

/** Lines of so many contacts. */
function* contactLines(rows: number): Generator<string, void, undefined> {
  for (let id = 1; id <= rows; id++) yield contactLine(id);
}

/** The same after a while, in as many lines: by ten one has left, three have changed, six are the same; a tenth is new. */
function* laterLines(rows: number): Generator<string, void, undefined> {
  for (let id = 1; id <= rows + Math.floor(rows / 10); id++) {
    const digit = id % 10;
    if (id > rows || digit > 0) yield contactLine(id, id <= rows && digit <= 3 ? 1 : 0);
  }
}

async function writeLines(path: string, lines: Iterable<string>): Promise<void> {
  const file = createWriteStream(path);
  let waiting: string[] = [];
  for (const line of lines) {
    if (waiting.push(line) < 1_000) continue;
    if (!file.write(`${waiting.join('\n')}\n`)) await once(file, 'drain');
    waiting = [];
  }
  file.end(waiting.map((line) => `${line}\n`).join(''));
  await finished(file);
}

function* withHeader(lines: Iterable<string>): Generator<string, void, undefined> {
  yield CONTACT_COLUMNS.join(',');
  yield* lines;
}

/** Writes a CSV file of contacts with a header; the same number of rows gives the same file. */
export async function writeContactsCsv(path: string, rows: number, later: boolean = false): Promise<void> {
  await writeLines(path, withHeader(later ? laterLines(rows) : contactLines(rows)));
}

/** A part of the same file, without a header. */
export interface CsvPart {
  readonly path: string;
  /** Rows of the file before it, and in it. */
  readonly after: number;
  readonly rows: number;
}

/** Writes the same contacts as files of at most `size` rows each, whose names begin with `path`. */
export async function writeContactsParts(
  path: string,
  rows: number,
  size: number,
  later: boolean = false,
): Promise<CsvPart[]> {
  const lines = later ? laterLines(rows) : contactLines(rows);
  const parts: CsvPart[] = [];
  for (let after = 0; after < rows; after += size) {
    const part = { path: `${path}.${parts.length}`, after, rows: Math.min(size, rows - after) };
    const own: string[] = [];
    while (own.length < part.rows) own.push(String(lines.next().value));
    await writeLines(part.path, own);
    parts.push(part);
  }
  return parts;
}

import type { PeopleSet } from './people.ts';
import { personOf } from './person.ts';
import type { Person } from './person.ts';

type Column = readonly [name: string, of: (person: Readonly<Person>) => string | null];

const full = (person: Readonly<Person>): string | null =>
  [person.first_name, person.last_name].filter((part) => part !== null).join(' ') || null;

/** Day, month, year. */
const european = (date: string | null): string | null =>
  date === null
    ? null
    : date
        .split('-')
        .toReversed()
        .map((part) => part.padStart(2, '0'))
        .join('/');

const VIEWS: Readonly<Record<string, readonly Column[]>> = {
  'Indonesian columns': [
    ['nama_lengkap', full],
    ['surel', (person) => person.email],
    ['no_hp', (person) => person.phone],
    ['alamat', (person) => person.street],
    ['kota', (person) => person.city],
    ['kode_pos', (person) => person.postcode],
    ['tanggal_lahir', (person) => european(person.birth_date)],
  ],
  'German columns': [
    ['Vorname', (person) => person.first_name],
    ['Nachname', (person) => person.last_name],
    ['Straße', (person) => person.street],
    ['PLZ', (person) => person.postcode],
    ['Ort', (person) => person.city],
    ['Geburtsdatum', (person) => person.birth_date],
  ],
  'name and e-mail': [
    ['Name', full],
    ['E-Mail', (person) => person.email],
  ],
  'columns without a meaning': [
    ['c1', full],
    ['c2', (person) => person.email],
    ['c3', (person) => person.phone],
    ['c4', (person) => person.city],
  ],
};

/** The same people in other columns: other names and languages, a name in one column, fewer columns. */
export function views(set: PeopleSet): PeopleSet[] {
  return Object.entries(VIEWS).map(([name, columns]) => {
    const shown = (row: readonly (string | null)[]): (string | null)[] => {
      const person = personOf(row);
      return columns.map(([, of]) => of(person));
    };
    return {
      name: `${set.name}: ${name}`,
      fields: columns.map(([column]) => ({ name: column })),
      rows: set.rows.map(shown),
      incoming: set.incoming.map(shown),
      truth: set.truth,
      kin: set.kin,
    };
  });
}

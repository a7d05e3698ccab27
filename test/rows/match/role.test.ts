import assert from 'node:assert/strict';
import { test } from 'node:test';
import { learnPlan } from '../../../src/rows/match/learn.ts';
import { areOfPeople } from '../../../src/rows/match/role.ts';
import { customerUsers } from '../../../src/targets/customer-users.ts';
import { accounts } from '../../../src/targets/accounts.ts';

const GIVEN = ['Åse', 'Bjørn', 'Dagfinn', 'Eirik', 'Frøydis', 'Gunvor', 'Hallvard', 'Ingebjørg', 'Jorunn', 'Ketil'];
const FAMILY = [
  'Andersen',
  'Bakke',
  'Dahl',
  'Eide',
  'Foss',
  'Gundersen',
  'Hauge',
  'Iversen',
  'Johnsen',
  'Knutsen',
  'Lie',
];

const rolesOf = (names: readonly string[], ofPeople: boolean): string[] => {
  const rows = names.map((name, at) => [name, `Storgata ${at}`, '0155']);
  const fields = ['name', 'street', 'postcode'].map((name) => ({ name, ofPeople }));
  return learnPlan({ fields, rows }).traits.map(({ role }) => role);
};

const people = Array.from({ length: 330 }, (_, at) => `${GIVEN[at % 10]} ${FAMILY[at % 11]}`);

test('a name in one column is a person’s where rows become people, whatever language it is of', () => {
  assert.ok(rolesOf(people, true).includes('family'), rolesOf(people, true).join());
  assert.ok(rolesOf(people, false).includes('company'));
});

test('companies among customers are no persons', () => {
  assert.ok(
    rolesOf(
      people.map((name) => `${name} AS`),
      true,
    ).includes('company'),
  );
});

test('customers are people by what their target has places for, accounts are not', () => {
  assert.equal(areOfPeople(customerUsers.fields), true);
  assert.equal(areOfPeople(accounts.fields), false);
});

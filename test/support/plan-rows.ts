import { IMPORT_MODES } from '../../src/domain/job.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import type { PlanStage } from './plans.ts';
import { seeded } from './seeded.ts';
import type { Seeded } from './seeded.ts';

/** Rows that meet each other across chunks: repeated identifiers, repeated e-mails, some that do not fit. */
const TANGLED = `
  insert into people (id, name, email, city, born)
    select 1 + n % 7, 'again ' || n, (n % 50) || '@EXAMPLE.com', null, null from generate_series(1, 60) as n;
  insert into people (id, name, email, city, born) values (900, 'odd', 'odd@example.com', null, 'no day');
  insert into people (id, name, email, city, born)
    select 1000 + n, 'third ' || n, n || '@example.com', 'Rome', null from generate_series(1, 40) as n;
  update cases set person_id = 900 where id % 9 = 0; update cases set person_id = 1003 where id % 10 = 0;`;

/** Each change again meets rows that others share an identifier or a key with. */
const CHANGED = `
  update people set city = 'Bergen', name = name || '!' where nr % 3 = 0; update people set email = null where nr % 7 = 0;
  update people set email = '5@example.com' where nr % 10 = 1; delete from people where nr % 11 = 0;
  update cases set person_id = 1001 where id % 4 = 0`;

const MERGING = { duplicateDetection: { enabled: true, primaryFields: ['email'] } };
export const MODES: Record<string, NonNullable<CreateJobInput['mode']>> = {
  'by identifiers': {},
  'merging duplicates': MERGING,
  'skipping duplicates': { duplicateDetection: { enabled: true, primaryFields: ['email'] }, skipDuplicates: true },
  'telling of duplicates': { duplicateDetection: { enabled: true, primaryFields: ['email'] }, updateDuplicates: false },
  'known by another field': {
    sourceIdentifierField: 'email',
    duplicateDetection: { enabled: true, primaryFields: ['name'] },
  },
  'updating only': { importMode: 'update' },
};

/** Holds plans in a mode against imports of rows that meet each other, and again after they have changed. */
export async function assertModeAgrees(stage: PlanStage, name: string): Promise<void> {
  const types = name === 'known by another field' ? { selectedTypes: ['customer_users'] } : {};
  const input = { mode: MODES[name] ?? {}, options: { batchSize: 25, ...types } };
  if (name === 'updating only') await stage.imported();
  await stage.engine.source.query(TANGLED);
  await stage.assertAgrees(input);
  await stage.engine.source.query(CHANGED);
  await stage.assertAgrees(input);
}

/** The same with random rows, modes, chunks and edits. */
export async function assertRandomAgrees(stage: PlanStage, seed: number, rounds: number): Promise<void> {
  const random = seeded(seed);
  for (let round = 0; round < rounds; round++) {
    await stage.engine.source.query(randomRows(random));
    const options = { batchSize: random.pick([1, 3, 7, 30]) };
    const mode = {
      importMode: random.pick(IMPORT_MODES),
      duplicateDetection: { enabled: random.chance(0.8), primaryFields: random.pick([['email'], ['name', 'city']]) },
      skipDuplicates: random.chance(0.2),
      updateDuplicates: random.chance(0.8),
      sourceIdentifierField: random.pick([null, null, 'external_id']),
    };
    await stage.assertAgrees({ mode: round === 0 ? { ...mode, importMode: 'upsert' } : mode, options });
    await stage.all(randomEdits(random));
  }
}

/** Few values for many rows: each meets others by its identifier, its e-mail or its name, in chunks before and after. */
function randomRows(random: Seeded): string {
  const value = (count: number): string => (random.chance(0.2) ? 'null' : String(random.below(count)));
  const people = Array.from({ length: 60 }, () => {
    const born = random.pick(['null', "'2000-01-01'", "'1999-12-31'", "'no day'"]);
    return `(${value(25)}, 'name ' || ${value(8)}, ${value(20)} || random_case('@Example.com', ${random.below(2)}), 'city ' || ${value(3)}, ${born})`;
  });
  const cases = Array.from({ length: 20 }, (_, index) => `(${index}, 'case ' || ${value(5)}, ${value(30)})`);
  return `create or replace function random_case(text, integer) returns text language sql
      return case $2 when 0 then lower($1) else upper($1) end;
    truncate people, cases;
    insert into people (id, name, email, city, born) values ${people.join(', ')};
    insert into cases values ${cases.join(', ')}`;
}

/** What people do to the target between two imports. */
function randomEdits(random: Seeded): string {
  const some = (): string => `"external_id"::int % ${random.between(3, 9)} = 0`;
  return `update "target"."customer_users" set "email" = ${random.below(20)} || '@example.com' where ${some()};
    update "target"."customer_users" set "city" = null, "name" = 'edited' where ${some()};
    delete from "target"."tickets" where ${some()};
    delete from "target"."customer_users" as "c" where ${some()}
      and not exists (select from "target"."tickets" where "customer_user_id" = "c"."id")`;
}

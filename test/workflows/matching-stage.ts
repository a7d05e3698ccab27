import { people } from '../../bench/people.ts';
import type { CreateJobInput } from '../../src/engine/jobs/job-input.ts';
import type { TestEngine } from '../support/jobs.ts';
import { coded, fillPeople } from '../support/people-source.ts';

/** A thousand people who are there, and four hundred who come in, half of them known already. */
export const SET = people(1_000, 400, 'clean', 1);

/** Which of those who are there each of the incoming is, by their codes. */
export const TRUTH = new Map(
  SET.truth.map(([there, incoming]) => [
    `in-${String(incoming).padStart(6, '0')}`,
    `there-${String(there).padStart(6, '0')}`,
  ]),
);

/** Puts both into the source. */
export async function fillSource(engine: TestEngine): Promise<void> {
  await fillPeople(engine, 'there', coded('there', SET.rows));
  await fillPeople(engine, 'incoming', coded('in', SET.incoming));
}

type Mode = NonNullable<CreateJobInput['mode']>;

/** A mode that matches by likeness. */
export function fuzzy(mode: Mode = {}): { mode: Mode } {
  return { mode: { ...mode, duplicateDetection: { enabled: true, strategy: 'fuzzy', ...mode.duplicateDetection } } };
}

/** Tables of a match pass that hold anything. */
export async function staged(engine: TestEngine): Promise<string[]> {
  const held: string[] = [];
  for (const table of ['rows', 'units', 'links', 'nodes', 'worklist', 'marks', 'results', 'groups']) {
    const rows: unknown[] = await engine.orm.em.fork().execute(`select from "import_match_${table}" limit 1`);
    if (rows.length > 0) held.push(table);
  }
  return held;
}

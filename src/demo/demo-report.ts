import type { Job } from './job-answers.ts';

/** What became of one type's rows, and what should have. */
export interface TypeOutcome {
  readonly type: string;
  readonly job: Job;
  /** Rows that were there to import, by how the source was made or by counting in it. */
  readonly expected: number;
  /** Records of the type in the target, before and after. */
  readonly recordsBefore: number;
  readonly recordsAfter: number;
}

const number = (value: number): string => value.toLocaleString('en');

/** Rows the source held according to the job. */
function sourceCount({ type, job }: TypeOutcome): number {
  return job.metadata.source_counts[type] ?? 0;
}

const created = ({ job }: TypeOutcome): number => job.records_imported - job.records_updated;

/** Everything about a type's numbers that does not fit, in full sentences; empty when all of it fits. */
export function misfits(outcome: TypeOutcome): string[] {
  const { type, job, expected, recordsBefore, recordsAfter } = outcome;
  const source = sourceCount(outcome);
  const sum = job.records_imported + job.records_skipped + job.records_failed;
  const told = job.errors?.map(({ message }) => `: ${message}`).join('') ?? '';
  return [
    ...(job.status === 'completed' ? [] : [`The job for ${type} is ${job.status}${told}.`]),
    ...(source === expected
      ? []
      : [`${type}: ${number(expected)} rows should be there, the job found ${number(source)}.`]),
    ...(sum === source ? [] : [`${type}: ${number(source)} source rows, but ${number(sum)} have an outcome.`]),
    ...(job.records_failed === 0 ? [] : [`${type}: ${number(job.records_failed)} rows failed.`]),
    ...(recordsAfter - recordsBefore === created(outcome)
      ? []
      : [
          `${type}: ${number(created(outcome))} created, but ${number(recordsAfter - recordsBefore)} more records are there.`,
        ]),
  ];
}

function seconds({ started_at, completed_at }: Job): number {
  return started_at === null || completed_at === null ? 0 : (Date.parse(completed_at) - Date.parse(started_at)) / 1000;
}

/** Below this a job's time is that of starting and planning it, and rows per second would say nothing of rows. */
const ROWS_FOR_A_RATE = 1_000;

function rate(outcomes: readonly TypeOutcome[]): string {
  const rows = outcomes.reduce((sum, { job }) => sum + job.records_processed, 0);
  const time = outcomes.reduce((sum, { job }) => sum + seconds(job), 0);
  return time === 0 || rows < ROWS_FOR_A_RATE ? '-' : number(Math.round(rows / time));
}

const HEADINGS = ['', 'Source', 'Created', 'Updated', 'Skipped', 'Failed', 'Balanced', 'Rows/s'];

/** The outcome of every type as an aligned table, one line each and one for all of them. */
export function outcomeTable(outcomes: readonly TypeOutcome[]): string[] {
  const line = (label: string, of: readonly TypeOutcome[]): string[] => {
    const sum = (value: (outcome: TypeOutcome) => number): string =>
      number(of.reduce((total, outcome) => total + value(outcome), 0));
    return [
      label,
      sum(sourceCount),
      sum(created),
      sum(({ job }) => job.records_updated),
      sum(({ job }) => job.records_skipped),
      sum(({ job }) => job.records_failed),
      of.every((outcome) => misfits(outcome).length === 0) ? 'yes' : 'NO',
      rate(of),
    ];
  };
  const lines = [HEADINGS, ...outcomes.map((outcome) => line(outcome.type, [outcome])), line('all', outcomes)];
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((cells) => (cells[column] ?? '').length)));
  return lines.map((cells) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   '),
  );
}

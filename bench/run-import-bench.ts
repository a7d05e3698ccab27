import { count, runBench } from './run-bench.ts';
import { summarise } from './summary.ts';
import type { Bench, Goal } from './summary.ts';

/** How much is imported, how often, and in what pieces the raw SQL does it. */
export interface ImportBenchOptions {
  readonly rows: number;
  readonly rounds: number;
  /** Rows in a transaction of the raw SQL. */
  readonly chunk: number;
}

/** All of the process of a bench that imports beside raw SQL: its options, the figures and the goals they are held to. */
export function runImportBench<T extends Bench>(
  help: string,
  bench: (options: ImportBenchOptions, report: (line: string) => void) => Promise<T>,
  goals: (figures: T) => Goal[],
): Promise<never> {
  return runBench(
    help,
    {
      rows: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '1' },
      chunk: { type: 'string', default: '100000' },
      json: { type: 'boolean', default: false },
    },
    async (values) => {
      const options = { rows: count(values.rows), rounds: count(values.rounds), chunk: count(values.chunk) };
      const figures = await bench(options, (line) => console.error(`  ${line}`));
      console.log(values.json ? JSON.stringify(figures, null, 2) : summarise(figures, goals(figures)));
    },
  );
}

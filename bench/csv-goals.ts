import { cpuGoals, memoryGoal, speedGoal } from './summary.ts';
import type { Bench, Goal } from './summary.ts';
import { median } from './table.ts';

/** A file that was sent. */
export interface Upload {
  readonly bytes: number;
  /** Until the answer. */
  readonly seconds: number;
  /** CPU seconds of the API. */
  readonly cpu: number;
}

export interface FileBench extends Bench {
  /** Of the imports: the disk still writes what was imported before. */
  readonly uploads: readonly Upload[];
  /** Of nothing but uploads. */
  readonly alone: readonly Upload[];
}

/** What the import of files aims at. */
export function fileGoals(bench: FileBench): Goal[] {
  const rateOf = (uploads: readonly Upload[]): number =>
    median(uploads.map(({ bytes, seconds }) => bytes / 1e6 / seconds));
  const rate = rateOf(bench.alone);
  const ofCpu = median(bench.alone.map(({ bytes, cpu }) => bytes / 1e6 / cpu));
  return [
    ...speedGoal(bench, 'fresh', 1.4),
    ...speedGoal(bench, 'fresh', 0.9, 2),
    ...cpuGoals(bench, 1.2),
    ...speedGoal(bench, 'again', 1.2),
    ...speedGoal(bench, 'delta', 1),
    { text: 'upload itself, to disk (at least 200 MB/s)', value: rate, unit: ' MB/s', fits: rate >= 200 },
    { text: 'upload itself, for a CPU second of the API', value: ofCpu, unit: ' MB', fits: ofCpu >= 200 },
    { text: 'upload of an import, between others', value: rateOf(bench.uploads), unit: ' MB/s' },
    memoryGoal(bench),
  ];
}

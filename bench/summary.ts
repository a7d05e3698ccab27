import type { Cost } from './measure.ts';
import { alignedLines, median } from './table.ts';

export type What = 'fresh' | 'again' | 'delta';

/** One pass over all rows. */
export interface Run extends Cost {
  readonly who: 'Lading' | 'raw SQL, one session' | 'raw SQL, two sessions';
  readonly what: What;
}

/** All figures of a benchmark. */
export interface Bench {
  readonly rows: number;
  readonly rounds: number;
  readonly chunk: number;
  /** Whether the raw SQL went through psql; else through connections of our own. */
  readonly psql: boolean;
  readonly runs: readonly Run[];
  readonly temporalEvents: number;
  readonly workerPeakBytes: number;
}

const TITLES: Readonly<Record<What, string>> = {
  fresh: 'fresh',
  again: 'identical again',
  delta: '60 % same, 30 % changed, 10 % new',
};

/** The medians of a kind of run. */
function typical(bench: Bench, who: Run['who'], what: What): Cost | null {
  const runs = bench.runs.filter((run) => run.who === who && run.what === what);
  if (runs.length === 0) return null;
  return {
    seconds: median(runs.map((run) => run.seconds)),
    clientCpu: median(runs.map((run) => run.clientCpu)),
    serverCpu: median(runs.map((run) => run.serverCpu)),
    temporalCpu: median(runs.map((run) => run.temporalCpu)),
    othersCpu: median(runs.map((run) => run.othersCpu)),
  };
}

const total = (cost: Cost): number => cost.clientCpu + cost.serverCpu + cost.temporalCpu;
const s = (value: number): string => value.toFixed(2);

function lines(bench: Bench): string[] {
  const whos = ['raw SQL, one session', 'raw SQL, two sessions', 'Lading'] as const;
  const rows = (['fresh', 'again', 'delta'] as const).flatMap((what) => [
    [`${TITLES[what]}:`],
    ...whos.flatMap((who) => {
      const cost = typical(bench, who, what);
      if (cost === null) return [];
      const rate = Math.round(bench.rows / cost.seconds).toLocaleString('en');
      const cells = [cost.seconds, cost.clientCpu, cost.serverCpu, cost.temporalCpu, total(cost), cost.othersCpu].map(
        s,
      );
      return [[`  ${who}`, cells[0] ?? '', rate, ...cells.slice(1)]];
    }),
  ]);
  return alignedLines([
    ['', 'seconds', 'rows/s', 'client CPU', 'server CPU', 'Temporal CPU', 'CPU s', 'others'],
    ...rows,
  ]);
}

/** What is aimed at, and what was reached. */
export interface Goal {
  readonly text: string;
  readonly value: number;
  readonly unit?: string;
  /** Absent: it is only told. */
  readonly fits?: boolean;
}

/** How many times as fast as the raw SQL Lading is, which should be at least so much. */
export function speedGoal(bench: Bench, what: What, least: number, sessions: 1 | 2 = 1): Goal[] {
  const raw = typical(bench, sessions === 1 ? 'raw SQL, one session' : 'raw SQL, two sessions', what);
  const own = typical(bench, 'Lading', what);
  if (raw === null || own === null) return [];
  const value = raw.seconds / own.seconds;
  const of = sessions === 1 ? 'one raw session' : 'two raw sessions';
  return [{ text: `speed, ${TITLES[what]}, of ${of} (at least ${least})`, value, fits: value >= least }];
}

/** What Lading's fresh import takes of the raw SQL's CPU, with Temporal's and without, which should be at most so much. */
export function cpuGoals(bench: Bench, most: number): Goal[] {
  const [raw, own] = [typical(bench, 'raw SQL, one session', 'fresh'), typical(bench, 'Lading', 'fresh')];
  if (raw === null || own === null) return [];
  const all = total(own) / total(raw);
  const without = (total(own) - own.temporalCpu) / total(raw);
  return [
    { text: `CPU, of one raw session (at most ${most})`, value: all, fits: all <= most },
    { text: 'CPU without Temporal, of one raw session', value: without, fits: without <= most },
  ];
}

/** The most memory that a worker should have. */
export function memoryGoal({ workerPeakBytes }: Bench): Goal {
  const value = workerPeakBytes / 2 ** 20;
  return { text: 'most memory of a worker (at most 512 MB)', value, unit: ' MB', fits: value <= 512 };
}

/** What the import of tables aims at. */
export function tableGoals(bench: Bench): Goal[] {
  const [fresh, again] = [typical(bench, 'Lading', 'fresh'), typical(bench, 'Lading', 'again')];
  const ofFresh = fresh && again ? again.seconds / fresh.seconds : null;
  return [
    ...speedGoal(bench, 'fresh', 1.4),
    ...speedGoal(bench, 'fresh', 0.9, 2),
    ...cpuGoals(bench, 1.2),
    ...(ofFresh === null
      ? []
      : [{ text: 'identical again, of fresh (at most 1)', value: ofFresh, fits: ofFresh <= 1 }]),
    memoryGoal(bench),
  ];
}

/** The figures as text. */
export function summarise(bench: Bench, goals: readonly Goal[]): string {
  const through = bench.psql ? 'psql' : 'connections of our own, as there is no psql';
  return [
    `${bench.rows.toLocaleString('en')} contacts, 14 columns; medians of ${bench.rounds}; raw SQL through ${through}, ` +
      `${bench.chunk.toLocaleString('en')} rows a transaction.`,
    'All tables lie on the same PostgreSQL, fsync on. CPU in seconds: client = psql, or worker and API; others = what else the',
    'machine did meanwhile, which makes the seconds of a pass worth less the larger it is.',
    '',
    ...lines(bench),
    '',
    ...alignedLines(
      goals.map(({ text, value, unit, fits }) => [
        text,
        `${value.toFixed(2)}${unit ?? ''}`,
        fits === undefined ? '' : fits ? 'reached' : 'MISSED',
      ]),
    ),
    '',
    `Temporal events of the fresh import: ${bench.temporalEvents}`,
  ].join('\n');
}

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

/** What the project aims at, each with what was reached. */
function goals(bench: Bench): string[] {
  const get = (who: Run['who'], what: What): Cost | null => typical(bench, who, what);
  const [one, two] = [get('raw SQL, one session', 'fresh'), get('raw SQL, two sessions', 'fresh')];
  const [fresh, again] = [get('Lading', 'fresh'), get('Lading', 'again')];
  if (!one || !two || !fresh || !again) return [];
  const megabytes = bench.workerPeakBytes / 2 ** 20;
  const goal = (text: string, value: number, fits: boolean, unit = ''): readonly string[] => [
    text,
    `${value.toFixed(2)}${unit}`,
    fits ? 'reached' : 'MISSED',
  ];
  return alignedLines([
    goal('speed, of one raw session (at least 1.4)', one.seconds / fresh.seconds, one.seconds / fresh.seconds >= 1.4),
    goal('speed, of two raw sessions (at least 0.9)', two.seconds / fresh.seconds, two.seconds / fresh.seconds >= 0.9),
    goal('CPU, of one raw session (at most 1.2)', total(fresh) / total(one), total(fresh) / total(one) <= 1.2),
    goal(
      'CPU without Temporal, of one raw session',
      (total(fresh) - fresh.temporalCpu) / total(one),
      (total(fresh) - fresh.temporalCpu) / total(one) <= 1.2,
    ),
    goal('identical again, of fresh (at most 1)', again.seconds / fresh.seconds, again.seconds <= fresh.seconds),
    goal('most memory of a worker (at most 512 MB)', megabytes, megabytes <= 512, ' MB'),
  ]);
}

/** The figures as text. */
export function summarise(bench: Bench): string {
  const through = bench.psql ? 'psql' : 'connections of our own, as there is no psql';
  return [
    `${bench.rows.toLocaleString('en')} contacts, 14 columns; medians of ${bench.rounds}; raw SQL through ${through}, ` +
      `${bench.chunk.toLocaleString('en')} rows a transaction.`,
    'Source, target and ledger lie on the same PostgreSQL, fsync on. CPU in seconds: client = psql, or worker and API; others = what else the',
    'machine did meanwhile, which makes the seconds of a pass worth less the larger it is.',
    '',
    ...lines(bench),
    '',
    ...goals(bench),
    '',
    `Temporal events of the fresh import: ${bench.temporalEvents}`,
  ].join('\n');
}

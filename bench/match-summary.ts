import type { MatchRun } from './match-run.ts';
import { calibration, calibrationError, scoreOf } from './match-score.ts';
import { alignedLines } from './table.ts';

const percent = (value: number): string => `${(100 * value).toFixed(2)} %`;
const share = (value: number): string => value.toFixed(4);

function figures(
  run: MatchRun,
  households: ReadonlyMap<MatchRun, ReadonlySet<number>>,
): Record<string, string | number> {
  const { set } = run;
  const records = (set.incoming ?? set.rows).length;
  const kin = households.get(run);
  const merged = kin === undefined ? null : run.found.filter(([, b]) => kin.has(b)).length / kin.size;
  const { f1, precision, recall } = scoreOf(run);
  return {
    set: set.name,
    records: set.incoming === undefined ? `${records}` : `${records} to ${set.rows.length}`,
    F1: share(f1),
    precision: share(precision),
    recall: share(recall),
    reachable: share(run.reachable),
    candidates: run.candidatesPerRecord.toFixed(1),
    'learn s': run.learning.toFixed(1),
    'index s': run.indexing.toFixed(1),
    'records/s': Math.round(records / run.matching),
    households: merged === null ? '' : percent(merged),
    'said wrong': percent(calibrationError(calibration([run]))),
  };
}

/** The figures as a table with a calibration table below it, or as JSON. */
export function summariseMatching(
  runs: readonly MatchRun[],
  households: ReadonlyMap<MatchRun, ReadonlySet<number>>,
  json: boolean,
): string {
  const rows = runs.map((run) => figures(run, households));
  const said = calibration(runs);
  if (json) return JSON.stringify({ sets: rows, calibration: said, calibrationError: calibrationError(said) }, null, 2);
  return [
    ...alignedLines([Object.keys(rows[0] ?? {}), ...rows.map((row) => Object.values(row).map(String))]),
    '',
    'Records a second and seconds are CPU time of one process; households is the share of people who only live with somebody',
    'and were taken for them (branches of a company, others of a series); candidates are those compared for a record; said',
    'wrong is the expected calibration error: how far the said probability of a compared pair lies from the share of right ones.',
    '',
    ...alignedLines([
      ['said probability', 'pairs', 'said', 'right'],
      ...said.map((row) => [
        `${row.from} to ${row.to}`,
        `${row.pairs}`,
        percent(row.said / Math.max(1, row.pairs)),
        percent(row.right / Math.max(1, row.pairs)),
      ]),
      ['all', `${said.reduce((sum, { pairs }) => sum + pairs, 0)}`, 'said wrong', percent(calibrationError(said))],
    ]),
  ].join('\n');
}

import { parseArgs } from 'node:util';
import { runSet } from './match-run.ts';
import type { MatchRun } from './match-run.ts';
import { linkageSets } from './match-sets.ts';
import { summariseMatching } from './match-summary.ts';
import { misheard } from './misheard.ts';
import { people } from './people.ts';
import { views } from './people-views.ts';
import type { PeopleSet } from './people.ts';
import { trades } from './trade.ts';

const HELP = `npm run bench:match: how right and how fast matching is.

Learns from each set without its answers, matches it, and holds it against them: the sets of the shared test data that
are there, and invented people, clean and hard, with households, misheard and scanned, companies with branches and products. Keys and rows lie in memory here, in the product in an
indexed table. Seconds are CPU time of this one process.

  npm run bench:match -- --existing 50000   people who are there (50,000)
  npm run bench:match -- --incoming 10000   people who come in (10,000)
  npm run bench:match -- --seeds 1,2        seeds of the invented people (1)
  npm run bench:match -- --threshold 0.85   what is accepted (0.85)
  npm run bench:match -- --no-sets          only people
  npm run bench:match -- --million          people against 1,000,000, too (needs 4 GB)
  npm run bench:match -- --json             the figures as JSON`;

const { values } = parseArgs({
  options: {
    existing: { type: 'string', default: '50000' },
    incoming: { type: 'string', default: '10000' },
    seeds: { type: 'string', default: '1' },
    threshold: { type: 'string', default: '0.85' },
    sets: { type: 'boolean', default: true },
    million: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
  allowNegative: true,
});

function whole(name: 'existing' | 'incoming'): number {
  const value = Number(values[name]);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`--${name} is a whole number, 1 or more`);
  return value;
}

function main(): void {
  if (values.help) {
    console.log(HELP);
    return;
  }
  const [existing, incoming, threshold] = [whole('existing'), whole('incoming'), Number(values.threshold)];
  if (!(threshold > 0 && threshold < 1)) throw new Error('--threshold lies between 0 and 1');
  const runs: MatchRun[] = [];
  const households = new Map<MatchRun, PeopleSet['kin']>();
  const run = (set: Parameters<typeof runSet>[0], kin?: PeopleSet['kin']): void => {
    console.error(`${set.name} …`);
    const made = runSet(set, threshold);
    runs.push(made);
    if (kin !== undefined) households.set(made, kin);
  };
  if (values.sets) linkageSets().forEach((set) => run(set));
  for (const seed of values.seeds.split(',').map(Number)) {
    for (const kind of ['clean', 'hard'] as const) {
      const set = people(existing, incoming, kind, seed);
      run(set, set.kin);
      if (kind === 'clean') views(set).forEach((view) => run(view, view.kin));
    }
    for (const set of [misheard(existing, incoming, seed), ...trades(existing, incoming, seed)]) run(set, set.kin);
  }
  if (values.million) {
    const set = people(1_000_000, incoming, 'clean', 1);
    run(set, set.kin);
  }
  console.log(summariseMatching(runs, households, values.json));
}

main();

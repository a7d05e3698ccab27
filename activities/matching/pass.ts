import { setImmediate as pause } from 'node:timers/promises';
import type { Pool, PoolClient } from 'pg';
import { createJudge } from '../../src/rows/judge-pair.ts';
import type { Judge } from '../../src/rows/judge-pair.ts';
import type { MatchLimits } from '../../src/rows/match-groups.ts';
import { createMatcher } from '../../src/rows/match/matcher.ts';
import type { Matcher } from '../../src/rows/match/matcher.ts';
import type { MatchModel } from '../../src/rows/match/model.ts';
import type { Turns } from '../../src/rows/match/turns.ts';
import type { MatchClaim } from '../../src/store/match/match-step.ts';
import { modelOf } from '../../src/store/match/match-model.ts';
import type { MatchTarget } from '../../src/store/match/target-content.ts';
import type { ActivityDeps } from '../deps.ts';
import type { JobPart } from '../job-source.ts';
import type { MatchMemory } from './memory.ts';

/** What all steps of a match pass have in common. */
export interface MatchPass {
  readonly deps: ActivityDeps;
  readonly pool: Pool;
  readonly part: JobPart;
  readonly claim: MatchClaim;
  readonly target: MatchTarget;
  /** The field that identifies a row within its source. */
  readonly identifierField: string;
  readonly limits: MatchLimits;
  /** Takes what the import can go on with. */
  readonly memory: MatchMemory;
  readonly signal: AbortSignal;
  /** By what the pass judges, once that is learned. */
  readonly judging: (client: PoolClient) => Promise<Judging>;
  /** The same, in the process that has just learned it. */
  readonly judgeBy: (model: MatchModel) => Judging;
  /** Says what is being done, to whoever looks at the job. */
  readonly tell: (operation: string) => Promise<void>;
}

export interface Judging {
  readonly matcher: Matcher;
  readonly judge: Judge;
}

/** What judges in a pass: the model is read from the store when it is first needed and not yet known. */
export function judgingOf(
  claim: MatchClaim,
  primary: readonly string[] | null,
): Pick<MatchPass, 'judging' | 'judgeBy'> {
  let ready: Judging | null = null;
  const judgeBy = (model: MatchModel): Judging => {
    const matcher = createMatcher(model);
    return (ready = { matcher, judge: createJudge(matcher, primary) });
  };
  return { judgeBy, judging: async (client) => ready ?? judgeBy(await modelOf(client, claim)) };
}

/** Lets the worker say that it lives, and hear that it is to stop. */
export async function pauseIn({ signal }: Pick<MatchPass, 'signal'>): Promise<void> {
  await pause();
  signal.throwIfAborted();
}

/** Does what takes long a turn at a time. */
export async function inTurns<Result>(pass: Pick<MatchPass, 'signal'>, work: Turns<Result>): Promise<Result> {
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value;
    await pauseIn(pass);
  }
}

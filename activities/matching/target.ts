import { Context } from '@temporalio/activity';
import { AppError } from '../../src/domain/errors.ts';
import { evidenceFields } from '../../src/rows/evidence-fields.ts';
import { identifierFieldOf } from '../../src/rows/identifier-field.ts';
import { limitsOf } from '../../src/rows/match-groups.ts';
import { ImportJob } from '../../src/store/entities/import-job.ts';
import { claimMatching, inMatchStep, placeOfMatching } from '../../src/store/match/match-step.ts';
import type { MatchClaim, MatchPhase } from '../../src/store/match/match-step.ts';
import type { ActivityDeps } from '../deps.ts';
import { failureAt } from '../failing-step.ts';
import { loadJobPart, stillRuns, writtenFieldsOf } from '../job-source.ts';
import type { JobPart } from '../job-source.ts';
import { matchAtOnce } from './at-once.ts';
import { groupRows, labelNodes } from './groups.ts';
import { catchUp, keyRows } from './keys.ts';
import { learnModel } from './learn.ts';
import { scorePairs } from './pairs.ts';
import type { MatchMemory } from './memory.ts';
import { judgingOf } from './pass.ts';
import type { MatchPass } from './pass.ts';
import { stageSource } from './stage.ts';
import { isStop, startPulse } from '../pulse.ts';
import { mayRecover, sourceGivenUp } from '../source-outage.ts';

/** Each phase goes on from the position it wrote down itself, and puts the next one in its place. */
const PHASES: Readonly<Record<Exclude<MatchPhase, 'done'>, (pass: MatchPass, position: never) => Promise<void>>> = {
  stage: stageSource,
  learn: learnModel,
  catch_up: catchUp,
  key: keyRows,
  score: scorePairs,
  label: labelNodes,
  group: (pass, position: number | null) => groupRows(pass, position ?? 0),
};

/** How often a source is called before its job gives up: five minutes, as the tries lie further and further apart. */
const TRIES = 35;

/**
 * Finds out which rows of a target are records that exist, or each other, before any of them is written. Goes on from
 * where an earlier attempt was; `stopped` says that the job was paused or ended meanwhile.
 */
export function createMatchTarget(deps: ActivityDeps, memory: MatchMemory) {
  return async ({ jobId, targetOrdinal }: { jobId: string; targetOrdinal: number }): Promise<{ stopped: boolean }> => {
    const pulse = startPulse(() => stillRuns(deps, jobId), deps.logger);
    try {
      const pool = await deps.orm.em.getConnection().getNativeClient();
      const part = await loadJobPart(deps, jobId, targetOrdinal);
      const claim = await claimMatching(pool, { jobId, jobNumber: part.job.number, targetOrdinal });
      const pass = { ...passOf(deps, pool, part, claim, pulse.signal), memory };
      for (;;) {
        pulse.signal.throwIfAborted();
        const { phase, position } = await inMatchStep(pool, claim, (_, state) => Promise.resolve(state));
        if (phase === 'done') return { stopped: false };
        pulse.beat({ phase });
        if (phase === 'stage' && position === null && (await matchAtOnce(pass))) continue;
        await PHASES[phase](pass, position as never);
      }
    } catch (error) {
      if (isStop(error, pulse.signal) || (error instanceof AppError && error.code === 'stopped'))
        return { stopped: true };
      if (!(error instanceof AppError) || error.code !== 'source_unreachable') {
        const place = (): Promise<string> => placeOfMatching(deps.orm.em.fork(), { jobId, targetOrdinal });
        throw await failureAt(deps, { jobId, step: `match ${targetOrdinal}`, place }, error);
      }
      throw mayRecover(error) && Context.current().info.attempt < TRIES ? error : sourceGivenUp(error);
    } finally {
      pulse.end();
    }
  };
}

function passOf(
  deps: ActivityDeps,
  pool: MatchPass['pool'],
  part: JobPart,
  claim: MatchClaim,
  signal: AbortSignal,
): Omit<MatchPass, 'memory'> {
  const { job, target } = part;
  const { duplicateDetection: detection, matchingStrategy } = job.mode;
  const identifierField = identifierFieldOf(job.mode, target);
  if (identifierField === null) throw new AppError('internal', `The job ${job.id} has lost its source.`);
  return {
    deps,
    pool,
    part,
    claim,
    target: {
      tenantId: job.tenantId,
      spec: target.spec,
      fields: evidenceFields(target.spec, writtenFieldsOf(part), detection),
    },
    identifierField,
    limits: limitsOf(detection.confidenceThreshold),
    signal,
    ...judgingOf(claim, matchingStrategy === 'primary_first' ? detection.primaryFields : null),
    tell: async (operation) => {
      await deps.orm.em.fork().nativeUpdate(ImportJob, { id: job.id, status: 'running' }, { operation });
    },
  };
}

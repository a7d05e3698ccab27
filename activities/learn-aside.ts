import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LearnInput } from '../src/rows/match/learn.ts';
import type { MatchModel } from '../src/rows/match/model.ts';

/** Memory of the thread's own: what is thrown away soon is thrown away often, so that little is held. */
const LIMITS = { maxOldGenerationSizeMb: 192, maxYoungGenerationSizeMb: 8 };

/**
 * Learns a model in a thread of its own: it takes seconds, in which the process still has to say that it lives. Rejects
 * when the signal aborts; the thread ends then.
 */
export async function learnAside(input: LearnInput, signal: AbortSignal): Promise<MatchModel> {
  const thread = new Worker(new URL('learn-thread.ts', import.meta.url), {
    workerData: input,
    resourceLimits: LIMITS,
  });
  try {
    const [model] = (await once(thread, 'message', { signal })) as [MatchModel];
    return model;
  } finally {
    await thread.terminate();
  }
}

import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import type { Dialect } from '../../../src/dialects/dialect.ts';
import { presentError } from '../../../src/dialects/universal/errors.ts';
import { eventRoutes } from '../../../src/dialects/universal/events.ts';
import { LIMITS } from '../../../src/dialects/universal/words.ts';
import type { Access } from '../../../src/engine/access/index.ts';
import type { Events } from '../../../src/engine/events/index.ts';
import { createApp } from '../../../src/http/app.ts';
import { createLogger } from '../../../src/platform/logger.ts';
import { filePlaces } from '../../support/files.ts';
import { holdAnswers } from '../../support/held-answers.ts';
import type { HeldAnswers } from '../../support/held-answers.ts';
import { startStage } from '../../realtime/stage.ts';
import type { Job, Person, Stage } from '../../realtime/stage.ts';

/** An event log that is served over HTTP, with five entries of one tenant. */
export interface EventLog {
  readonly stage: Stage;
  readonly owner: Person;
  /** Of the owner's tenant; may import. */
  readonly agent: Person;
  /** Of another tenant. */
  readonly stranger: Person;
  /** The owner's, completed. */
  readonly job: Job;
  /** The agent's, paused. */
  readonly agentsJob: Job;
  ask(person: Person, query?: string): Promise<{ status: number; body: unknown }>;
  /** A page, which must be one. */
  page(person: Person, query?: string): Promise<{ data: Entry[]; next_after: number }>;
}

/** An entry as the API shows it. */
export interface Entry {
  readonly id: number;
  readonly type: string;
  readonly job_id: string | null;
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Starts one over a database of its own; close its stage in `after`. */
export async function startEventLog(): Promise<EventLog> {
  let held: HeldAnswers | undefined;
  const stage = await startStage({
    application: (parts) => {
      held = holdAnswers([logDialect(parts)]);
      return serveLog(parts, held);
    },
  });
  const owner = await stage.person();
  const { tenantId } = owner.actor;
  const agent = await stage.person({ tenantId, role: 'agent', permissions: ['system.import'] });
  const stranger = await stage.person();
  const job = await stage.job(owner.actor);
  const agentsJob = await stage.job(agent.actor);
  await stage.append({
    tenantId,
    userId: owner.actor.userId,
    type: 'profile.updated',
    profileId: job.profileId,
    data: { name: 'Help desk', connectionStatus: 'connected' },
  });
  await stage.transition(job, 'running', 'paused', 'job.paused');
  await stage.transition(agentsJob, 'running', 'paused', 'job.paused');
  await stage.transition(job, 'paused', 'running', 'job.resumed');
  await stage.commitRows(job, { created: 7, failed: 1 });
  await stage.transition(job, 'running', 'completed', 'job.completed');
  const ask: EventLog['ask'] = async (person, query = '') => {
    const response = await fetch(`${stage.url}/api/import/events${query}`, {
      headers: { Authorization: `Bearer ${person.token}` },
    });
    const answer = { status: response.status, body: await response.json() };
    held?.assertHeld();
    return answer;
  };
  return {
    stage,
    owner,
    agent,
    stranger,
    job,
    agentsJob,
    ask,
    async page(person, query) {
      const { status, body } = await ask(person, query);
      assert.equal(status, 200, JSON.stringify(body));
      return body as { data: Entry[]; next_after: number };
    },
  };
}

interface Parts {
  readonly access: Access;
  readonly events: Events;
}

/** The event log alone. */
function logDialect({ events }: Parts): Dialect {
  return { name: 'universal', prefix: '/api/import', routes: eventRoutes({ events }), limits: LIMITS, presentError };
}

/** The real application with it. */
function serveLog({ access }: Parts, { dialects }: HeldAnswers): RequestListener {
  const fine = (): Promise<void> => Promise.resolve();
  const logger = createLogger('api', 'silent');
  const checks = { database: fine, temporal: fine, worker: fine };
  const countJobs = () => Promise.resolve({});
  const serve = createApp({ dialects, access, checks, countJobs, logger, files: filePlaces() }).callback();
  return (request, response) => void serve(request, response);
}

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { randomUUID } from 'node:crypto';
import type { FieldMistakes } from '../../../src/domain/errors.ts';
import { AppError, mistakesOf } from '../../../src/domain/errors.ts';
import { DEFAULT_MODE } from '../../../src/domain/job.ts';
import type { QueryConfiguration } from '../../../src/domain/query.ts';
import type { CreateJobInput } from '../../../src/engine/jobs/job-input.ts';
import { AuditEntry } from '../../../src/store/entities/audit-entry.ts';
import { ImportJob } from '../../../src/store/entities/import-job.ts';
import { makeActor } from '../../support/factories.ts';
import { CONTACTS, makeProfile, startTestEngine } from '../../support/jobs.ts';
import type { TestEngine } from '../../support/jobs.ts';

let engine: TestEngine;

before(async () => {
  engine = await startTestEngine();
});

after(() => engine.close());

const TICKETS: QueryConfiguration = {
  ...CONTACTS,
  baseTable: 'public.issues',
  fields: [
    { source: 'issues.id::text', target: 'external_id' },
    { source: 'author', target: 'customer_user_id' },
  ],
  targetType: 'tickets',
};

/** A profile of the engine's actor with these queries. */
const profileWith = (queries: Readonly<Record<string, QueryConfiguration>>): Promise<string> =>
  makeProfile(engine.deps, engine.actor, engine.sourceUrl, queries);

/** The mistakes that keep a job from being made. */
async function mistakes(input: Partial<CreateJobInput>): Promise<FieldMistakes> {
  const before = await engine.orm.em.fork().count(ImportJob);
  try {
    await engine.jobs.create(engine.actor, { profileId: engine.profileId, ...input });
  } catch (error) {
    assert.equal(await engine.orm.em.fork().count(ImportJob), before);
    if (error instanceof AppError && error.code === 'validation') return mistakesOf(error);
    throw error;
  }
  throw new Error('the job was made');
}

test('a job takes the defaults for all it is not told', async () => {
  const view = await engine.jobs.create(engine.actor, { profileId: engine.profileId });
  const { job } = view;
  assert.deepEqual(
    {
      kind: job.kind,
      status: job.status,
      options: job.options,
      mode: job.mode,
      tenantId: job.tenantId,
      createdById: job.createdById,
    },
    {
      kind: 'import',
      status: 'running',
      options: {
        batchSize: 10_000,
        timeoutSeconds: null,
        selectedTypes: null,
        filters: { dateFrom: null, dateTo: null, limit: null },
      },
      mode: DEFAULT_MODE,
      tenantId: engine.actor.tenantId,
      createdById: engine.actor.userId,
    },
  );
  assert.deepEqual(
    job.targets.map((target) => [target.ordinal, target.spec.type, target.query]),
    [[0, 'customer_users', CONTACTS]],
  );
  assert.deepEqual(view.counters, { created: 0, updated: 0, skipped: 0, failed: 0, duplicates: 0 });
  assert.deepEqual([view.profile?.id, view.createdBy?.id], [engine.profileId, engine.actor.userId]);
  assert.deepEqual([view.workflow?.workflowId, view.workflow?.runId], [job.id, job.workflowRunId]);
  assert.ok(view.workflow?.url?.includes(job.id));
});

test('making and starting a job is told in the log of events and in the audit', async () => {
  const jobId = await engine.create();
  assert.deepEqual(await engine.eventsOf(jobId), ['job.created', 'job.started']);
  const entries = await engine.orm.em.fork().find(AuditEntry, { subjectId: jobId });
  assert.deepEqual(
    entries.map(({ action, userId, tenantId }) => ({ action, userId, tenantId })),
    [{ action: 'job.created', userId: engine.actor.userId, tenantId: engine.actor.tenantId }],
  );
});

test('what is asked is kept with the job, and later changes of the profile do not reach it', async () => {
  const profileId = await profileWith({ tickets: TICKETS, customer_users: CONTACTS });
  const { job } = await engine.jobs.create(engine.actor, {
    profileId,
    kind: 'validate',
    options: {
      batchSize: 7,
      timeoutSeconds: 60,
      selectedTypes: ['tickets', 'customer_users'],
      filters: { dateFrom: '2024-01-01', dateTo: '2024-01-01', limit: 5 },
    },
    mode: {
      importMode: 'update',
      duplicateDetection: {
        enabled: true,
        strategy: 'fuzzy',
        primaryFields: ['email'],
        secondaryFields: ['name'],
        confidenceThreshold: 0,
      },
      skipDuplicates: true,
      updateDuplicates: false,
      sourceIdentifierField: 'id',
      matchingStrategy: 'primary_first',
    },
  });
  await engine.orm.em.fork().execute(`update "import_profiles" set "queries" = '{}' where "id" = ?`, [profileId]);
  const stored = await engine.job(job.id);
  assert.deepEqual(
    stored.targets.map((target) => [target.ordinal, target.spec.type, target.query]),
    [
      [0, 'customer_users', CONTACTS],
      [1, 'tickets', TICKETS],
    ],
  );
  assert.deepEqual(
    [stored.kind, stored.options, stored.mode],
    [
      'validate',
      {
        batchSize: 7,
        timeoutSeconds: 60,
        selectedTypes: ['tickets', 'customer_users'],
        filters: { dateFrom: '2024-01-01', dateTo: '2024-01-01', limit: 5 },
      },
      {
        importMode: 'update',
        duplicateDetection: {
          enabled: true,
          strategy: 'fuzzy',
          primaryFields: ['email'],
          secondaryFields: ['name'],
          confidenceThreshold: 0,
        },
        skipDuplicates: true,
        updateDuplicates: false,
        sourceIdentifierField: 'id',
        matchingStrategy: 'primary_first',
      },
    ],
  );
});

test('every mistake is named at once, by its field', async () => {
  assert.deepEqual(
    await mistakes({
      options: {
        batchSize: 0,
        timeoutSeconds: 0,
        selectedTypes: ['customer_users', 'tickets', 'unicorns', '__proto__'],
        filters: { dateFrom: '2024-02-02', dateTo: '2024-02-01', limit: 0 },
      },
      mode: {
        duplicateDetection: {
          enabled: true,
          primaryFields: ['subject'],
          secondaryFields: ['horn'],
          confidenceThreshold: 101,
        },
        sourceIdentifierField: 'nonsense',
      },
    }),
    {
      'options.batch_size': ['The batch size must be between 1 and 100000.'],
      'options.timeout': ['The timeout must be at least 1 second.'],
      'options.import_filters.date_to': ['The date to must not be before the date from.'],
      'options.import_filters.limit': ['The limit must be at least 1.'],
      'options.selected_types': [
        'The profile has no query for the type tickets.',
        'The type unicorns does not exist.',
        'The type __proto__ does not exist.',
      ],
      'mode_config.duplicate_detection.confidence_threshold': ['The confidence threshold must be between 0 and 100.'],
      'mode_config.duplicate_detection.primary_fields': ['None of the selected types has a field subject.'],
      'mode_config.duplicate_detection.secondary_fields': ['None of the selected types has a field horn.'],
      'mode_config.source_identifier_field': ['The query for customer_users gives no nonsense.'],
    },
  );
});

test('numbers that are none are mistakes as well', async () => {
  const fields = await mistakes({
    options: { batchSize: 1.5, timeoutSeconds: Number.NaN, filters: { limit: Number.POSITIVE_INFINITY } },
    mode: { duplicateDetection: { confidenceThreshold: Number.NaN } },
  });
  assert.deepEqual(Object.keys(fields), [
    'options.batch_size',
    'options.timeout',
    'options.import_filters.limit',
    'mode_config.duplicate_detection.confidence_threshold',
  ]);
});

test('detection needs a field to go by, and a selection a type', async () => {
  assert.deepEqual(
    await mistakes({ options: { selectedTypes: [] }, mode: { duplicateDetection: { enabled: true } } }),
    {
      'options.selected_types': ['Select at least one type.'],
      'mode_config.duplicate_detection.primary_fields': ['Name at least one primary field.'],
    },
  );
});

test('a profile without queries cannot be imported', async () => {
  const profileId = await profileWith({});
  assert.deepEqual(await mistakes({ profileId }), {
    profile_id: ['The profile has no queries yet: apply a template or save a query first.'],
  });
});

test('a profile of another tenant, or none, is not found', async () => {
  const stranger = await makeActor(engine.orm);
  await assert.rejects(engine.jobs.create(stranger, { profileId: engine.profileId }), { code: 'not_found' });
  for (const profileId of [randomUUID(), 'nonsense', '']) {
    await assert.rejects(engine.jobs.create(engine.actor, { profileId }), { code: 'not_found' });
  }
});

test('whoever may not import makes no job', async () => {
  const agent = await makeActor(engine.orm, { tenantId: engine.actor.tenantId, role: 'agent' });
  await assert.rejects(engine.jobs.create(agent, { profileId: engine.profileId }), {
    code: 'forbidden',
    details: { permission: 'system.import' },
  });
});

test('the limits of what may be asked are inside', async () => {
  for (const batchSize of [1, 100_000]) {
    const jobId = await engine.create({ options: { batchSize } });
    assert.equal((await engine.job(jobId)).options.batchSize, batchSize);
  }
  assert.deepEqual(Object.keys(await mistakes({ options: { batchSize: 100_001 } })), ['options.batch_size']);
});

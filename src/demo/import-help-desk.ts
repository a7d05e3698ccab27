import { basename } from 'node:path';
import { z } from 'zod';
import type { ApiClient } from './api-client.ts';
import type { DemoDatabase } from './demo-database.ts';
import type { TypeOutcome } from './demo-report.ts';
import { jobAnswer, startedJobAnswer } from './job-answers.ts';
import { progressBar } from './progress-bar.ts';
import { watchJob } from './watch-job.ts';

const named = z.object({ id: z.string(), name: z.string() });
const listed = z.object({ data: z.array(named) });
const saved = z.object({ message: z.string(), profile: named });
const tested = z.object({
  connection_test: z.object({
    success: z.boolean(),
    message: z.string(),
    error: z.string().optional(),
    database_info: z.object({ version: z.string(), table_count: z.number() }).optional(),
  }),
});
const templates = z.object({ data: z.array(z.object({ id: z.string(), platform: z.string(), name: z.string() })) });
const applied = z.object({
  profile: z.object({ configuration: z.object({ queries: z.record(z.string(), z.unknown()) }) }),
});
const previewed = z.record(z.string(), z.object({ sample_data: z.array(z.record(z.string(), z.unknown())) }));
const records = z.object({ meta: z.object({ total: z.number() }) });

/** What refers to others comes after them. */
const ORDER = ['agents', 'accounts', 'customer_users', 'tickets', 'time_entries'];

export interface HelpDesk {
  readonly source: DemoDatabase;
  /** The file it came from; null for the generated one. */
  readonly dump: string | null;
  /** Rows each type must give. */
  readonly expected: Readonly<Record<string, number>>;
}

/** The profile for the sample database, made or, from an earlier run, brought to its present address and password. */
async function saveProfile(client: ApiClient, { source, dump }: HelpDesk): Promise<z.infer<typeof named>> {
  const name = dump === null ? 'Demo help desk' : `Demo help desk from ${basename(dump)}`;
  const body = {
    ...source,
    name,
    database_type: 'postgresql',
    ssl_mode: 'disable',
    description: 'Made by npm run demo',
  };
  const { data } = await client.get(`/api/import/profiles?search=${encodeURIComponent(name)}&per_page=100`, listed);
  const known = data.find((profile) => profile.name === name);
  const answer = known
    ? await client.put(`/api/import/profiles/${known.id}`, body, saved)
    : await client.post('/api/import/profiles', body, saved);
  return answer.profile;
}

async function testConnection(client: ApiClient, profileId: string): Promise<string> {
  const path = `/api/import/profiles/${profileId}/test-connection`;
  const { connection_test: test } = await client.post(path, {}, tested);
  if (!test.success) throw new Error(`${test.message}${test.error === undefined ? '' : `: ${test.error}`}`);
  const { version, table_count } = test.database_info ?? { version: 'PostgreSQL', table_count: 0 };
  return `${version}, ${table_count} tables`;
}

/** Applies the FreeScout template; answers with the types it has queries for, in the order they are imported. */
async function applyTemplate(client: ApiClient, profileId: string): Promise<string[]> {
  const { data } = await client.get('/api/import/templates', templates);
  const template = data.find(({ platform }) => platform === 'freescout');
  if (!template) throw new Error('There is no FreeScout template.');
  const path = `/api/import/profiles/${profileId}/template`;
  const { profile } = await client.put(path, { template_id: template.id }, applied);
  return Object.keys(profile.configuration.queries).toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
}

async function countRecords(client: ApiClient, type: string): Promise<number> {
  return (await client.get(`/api/import/targets/${type}/records?per_page=1`, records)).meta.total;
}

async function importType(
  client: ApiClient,
  profileId: string,
  type: string,
  expected: number,
  out: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<TypeOutcome> {
  const recordsBefore = await countRecords(client, type);
  const body = { profile_id: profileId, options: { selected_types: [type] } };
  const started = (await client.post('/api/import/jobs', body, startedJobAnswer)).job;
  const bar = progressBar(out, type, expected);
  const job = await watchJob(client, started.id, bar.show, signal);
  bar.end(job.records_processed);
  return { type, job: jobAnswer.parse(job), expected, recordsBefore, recordsAfter: await countRecords(client, type) };
}

/**
 * Imports a help desk through the public API, as any client would: profile, connection test, FreeScout template,
 * preview, then a job for each type. Tells each step to `out`.
 */
export async function importHelpDesk(
  client: ApiClient,
  helpDesk: HelpDesk,
  out: NodeJS.WriteStream,
  signal: AbortSignal,
): Promise<TypeOutcome[]> {
  const profile = await saveProfile(client, helpDesk);
  out.write(`  Profile          ${profile.name}\n`);
  out.write(`  Connection       ${await testConnection(client, profile.id)}\n`);
  const types = await applyTemplate(client, profile.id);
  out.write(`  Template         FreeScout: ${types.join(', ')}\n`);
  const preview = await client.get(
    `/api/import/profiles/${profile.id}/preview?query_type=customer_users&limit=3`,
    previewed,
  );
  for (const row of preview['customer_users']?.sample_data ?? []) {
    const shown = ['external_id', 'name', 'email', 'company', 'city'].map((field) => row[field]);
    out.write(
      `  Preview          ${shown.filter((value) => typeof value === 'string' || typeof value === 'number').join(' · ')}\n`,
    );
  }
  const outcomes: TypeOutcome[] = [];
  for (const type of types) {
    outcomes.push(await importType(client, profile.id, type, helpDesk.expected[type] ?? 0, out, signal));
  }
  return outcomes;
}

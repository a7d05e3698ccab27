import type { MikroORM } from '@mikro-orm/postgresql';
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { said, startUniversal } from '../universal/universal-app.ts';
import type { Caller, Json, UniversalApp } from '../universal/universal-app.ts';

const BASE = '/onboarding/migration';

export type Migrations = ReturnType<typeof migrationsOf>;

/** The API with a worker, an owner of a tenant, and his way to ask for migration jobs. */
export async function startMigrations(): Promise<{
  readonly stage: UniversalApp;
  readonly caller: Caller;
  readonly jobs: Migrations;
}> {
  const stage = await startUniversal({ worker: true });
  const caller = await stage.join({ role: 'owner' });
  return { stage, caller, jobs: migrationsOf(caller) };
}

/** A person and his way to ask for migration jobs. */
export function migrationsOf(caller: Pick<Caller, 'askV1'>) {
  const ask = (method: string, path: string, body?: unknown) => caller.askV1(method, `${BASE}${path}`, body);
  const status = async (id: string): Promise<Json> => {
    const answer = await ask('GET', `/${id}/status`);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer.body;
  };
  const until = async (id: string, ...wanted: string[]): Promise<Json> => {
    for (let tries = 0; tries < 600; tries++) {
      const job = await status(id);
      if (wanted.includes(said(job['status']))) return job;
      await delay(50);
    }
    throw new Error(`the job never became ${wanted.join(' or ')}`);
  };
  const upload = async (type: string, content: string | Blob, more: Record<string, string> = {}): Promise<Json> => {
    const { status: code, body } = await ask('POST', '/upload', form(type, content, more));
    assert.equal(code, 200, JSON.stringify(body));
    return body;
  };
  return {
    ask,
    status,
    until,
    upload,
    /** Uploads a file and brings it in. */
    async bringIn(type: string, content: string): Promise<Json> {
      const id = said((await upload(type, content))['job_id']);
      const started = await ask('POST', `/${id}/start`);
      assert.equal(started.status, 200, JSON.stringify(started.body));
      return until(id, 'completed', 'failed');
    },
    /** The records of a target, oldest first. */
    async records(type: string): Promise<readonly Json[]> {
      const { body } = await (caller as Caller).ask('GET', `/targets/${type}/records?per_page=100&sort=created_at`);
      return body['data'] as unknown as readonly Json[];
    },
  };
}

export function form(type: string, content: string | Blob, more: Record<string, string> = {}): FormData {
  const sent = new FormData();
  sent.append('file', content instanceof Blob ? content : new Blob([content]), `${type}-import.csv`);
  sent.append('import_type', type);
  for (const [name, value] of Object.entries(more)) sent.append(name, value);
  return sent;
}

/** The same packages, as if they had been there all along. */
export async function putPackages(orm: MikroORM, tenantId: string): Promise<void> {
  await orm.em.fork().execute(
    `insert into "target"."package" ("id", "tenant_id", "paket_id", "nama")
     select gen_random_uuid(), ?, 'PKG-' || "n", 'Umroh ' || "n" from generate_series(1, 2) as "n"`,
    [tenantId],
  );
}

export const PACKAGES = 'paket_id,nama,harga\nPKG-1,Umroh Reguler,25000000\nPKG-2,Umroh Plus,35000000\n';

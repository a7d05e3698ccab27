import assert from 'node:assert/strict';
import { makeSource, said, startUniversal } from './universal-app.ts';
import type { Caller, SourceDatabase, UniversalApp } from './universal-app.ts';

/** A source with people, of whom nobody is in it. */
export const makePeople = (): Promise<SourceDatabase> =>
  makeSource(['create table people (id integer primary key, name text)']);

/** A profile of that source that makes customers, tickets and time entries of people; its id. */
export async function makePeopleProfile(caller: Caller, source: SourceDatabase, name: string): Promise<string> {
  const { body } = await caller.ask('POST', '/profiles', { name, ...source.fields });
  const id = said(body['profile']?.['id']);
  for (const target_type of ['customer_users', 'tickets', 'time_entries']) {
    const saved = await caller.ask('POST', `/profiles/${id}/queries`, {
      base_table: 'people',
      fields: [{ source: 'people.id', target: 'external_id' }],
      target_type,
    });
    assert.equal(saved.status, 200, JSON.stringify(saved.body));
  }
  return id;
}

/** Somebody with a profile of that source, and no worker that would run what he starts. */
export interface PeopleStage {
  readonly universal: UniversalApp;
  readonly owner: Caller;
  readonly source: SourceDatabase;
  readonly profileId: string;
  close(): Promise<void>;
}

export async function startPeople(profile: string): Promise<PeopleStage> {
  const universal = await startUniversal();
  const owner = await universal.join();
  const source = await makePeople();
  return {
    universal,
    owner,
    source,
    profileId: await makePeopleProfile(owner, source, profile),
    async close() {
      await universal.close();
      await source.drop();
    },
  };
}

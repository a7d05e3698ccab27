import { z } from 'zod';
import { DATABASE_TYPES } from '../../domain/profile.ts';
import type { Engine } from '../../engine/index.ts';
import { messageOf } from '../answer-shapes.ts';
import type { Route } from '../dialect.ts';
import { guarded } from '../route.ts';
import { idParams, queryValue, text, uuid } from '../inputs.ts';
import { meta, pageOf, paging } from './paging.ts';
import {
  connectionBody,
  fileAnswer,
  newProfileBody,
  presentFile,
  profileChangesBody,
  profileFileBody,
} from './profile-body.ts';
import {
  changedProfileAnswer,
  connectionTestAnswer,
  presentConfigured,
  presentProfile,
  presentTest,
  presentWithJobs,
  profileAnswer,
  profileWithJobsAnswer,
} from './present-profile.ts';

const listQuery = z.object({
  database_type: queryValue(z.enum(DATABASE_TYPES)),
  status: queryValue(z.enum(['untested', 'connected', 'failed'])),
  search: queryValue(text()),
  ...paging(),
});

const SHOWN_JOBS = 10;
const DELETED = 'Import profile deleted successfully';

const SHARED = { permission: 'system.import', limit: 'profiles' } as const;
const ONE = { ...SHARED, params: idParams, subject: 'Import profile' };
/** Tests reach out to hosts that users name: few are let through. */
const TEST = { permission: 'system.import', limit: 'connection' } as const;

/** Connections to source databases. */
export function profileRoutes({ profiles, jobs }: Pick<Engine, 'profiles' | 'jobs'>): readonly Route[] {
  return [
    guarded('get', '/profiles', {
      ...SHARED,
      summary: 'Lists import profiles, newest first.',
      status: 200,
      answers: pageOf(profileAnswer),
      query: listQuery,
      act: ({ actor, query }) =>
        profiles.list(actor, {
          databaseType: query.database_type,
          status: query.status,
          search: query.search,
          page: query.page,
          perPage: query.per_page,
        }),
      present: ({ rows, total }, { query }) => ({ body: { data: rows.map(presentProfile), meta: meta(query, total) } }),
    }),
    guarded('post', '/profiles', {
      ...SHARED,
      summary: 'Makes an import profile.',
      status: 201,
      answers: changedProfileAnswer,
      body: newProfileBody,
      act: ({ actor, body }) => profiles.create(actor, body),
      present: (profile) => ({
        body: { message: 'Import profile created successfully', profile: presentConfigured(profile) },
      }),
    }),
    guarded('post', '/profiles/test-connection', {
      ...TEST,
      summary: 'Tries a connection without saving it.',
      status: 200,
      answers: connectionTestAnswer,
      body: connectionBody,
      act: ({ actor, body, signal }) => profiles.testConnection(actor, body, signal),
      present: (test) => ({ body: { connection_test: presentTest(test) } }),
    }),
    guarded('post', '/profiles/import', {
      ...SHARED,
      summary: 'Makes the profile that a file describes, or brings the one of its name to the same state.',
      answers: changedProfileAnswer,
      body: profileFileBody,
      act: ({ actor, body }) => profiles.importFile(actor, body.file, body.password),
      present: ({ profile, created }) => ({
        status: created ? 201 : 200,
        body: { message: 'Import profile imported successfully', profile: presentConfigured(profile) },
      }),
    }),
    guarded('get', '/profiles/:id', {
      ...ONE,
      summary: 'Shows an import profile with its queries and newest jobs.',
      status: 200,
      answers: profileWithJobsAnswer,
      act: async ({ actor, params }) => {
        const profile = await profiles.get(actor, params.id);
        const { rows } = await jobs.list(actor, { profileId: profile.id, page: 1, perPage: SHOWN_JOBS });
        return { profile, jobs: rows };
      },
      present: (result) => ({ body: presentWithJobs(result) }),
    }),
    guarded('put', '/profiles/:id', {
      ...ONE,
      summary: 'Changes an import profile; what is left out stays.',
      status: 200,
      answers: changedProfileAnswer,
      body: profileChangesBody,
      act: ({ actor, params, body }) => profiles.update(actor, params.id, body),
      present: (profile) => ({
        body: { message: 'Import profile updated successfully', profile: presentConfigured(profile) },
      }),
    }),
    guarded('delete', '/profiles/:id', {
      ...ONE,
      summary: 'Removes an import profile; what it imported stays.',
      status: 200,
      answers: messageOf(DELETED),
      act: ({ actor, params }) => profiles.remove(actor, params.id),
      present: () => ({ body: { message: DELETED } }),
    }),
    guarded('post', '/profiles/:id/test-connection', {
      ...ONE,
      ...TEST,
      summary: 'Tries the connection of a profile and keeps the result.',
      status: 200,
      answers: connectionTestAnswer,
      act: ({ actor, params, signal }) => profiles.test(actor, params.id, signal),
      present: (test) => ({ body: { connection_test: presentTest(test) } }),
    }),
    guarded('get', '/profiles/:id/export', {
      ...ONE,
      summary: 'The configuration of a profile as a file, without secrets.',
      status: 200,
      answers: fileAnswer,
      act: ({ actor, params }) => profiles.exportFile(actor, params.id),
      present: (file, { params }) => ({
        headers: { 'Content-Disposition': `attachment; filename="import-profile-${params.id}.json"` },
        body: presentFile(file),
      }),
    }),
    guarded('put', '/profiles/:id/template', {
      ...ONE,
      limit: 'templates',
      summary: 'Gives a profile the queries of a template.',
      status: 200,
      answers: changedProfileAnswer.extend({ warnings: z.array(z.string()) }),
      body: z.object({ template_id: uuid }),
      act: ({ actor, params, body, signal }) =>
        profiles.applyTemplate(actor, { profileId: params.id, signal }, body.template_id),
      present: ({ profile, warnings }) => ({
        body: { message: 'Template applied successfully', profile: presentConfigured(profile), warnings },
      }),
    }),
  ];
}

import type { EngineDeps } from '../deps.ts';
import type { Actor } from '../../domain/actor.ts';
import type { QueryConfiguration, SourceConnection } from '../../domain/query.ts';
import { applyTemplate } from './apply-template.ts';
import { checkQuery } from './check-query.ts';
import type { UncommittedQuery } from './check-query.ts';
import { createProfile } from './create-profile.ts';
import { deleteProfile } from './delete-profile.ts';
import { getProfile, listProfiles } from './find-profiles.ts';
import type { ProfilePage } from './find-profiles.ts';
import { previewProfile } from './preview-profile.ts';
import { exportProfile, importProfile } from './profile-file.ts';
import type { ProfileFile } from './profile-file.ts';
import type { ProfileChanges, ProfileInput } from './profile-input.ts';
import { readBuilderTables, readSchema } from './read-schema.ts';
import { getQuery, removeQuery, saveQuery } from './save-query.ts';
import { testNewConnection, testProfile } from './test-profile.ts';
import { updateProfile } from './update-profile.ts';
import type { SourceRequest } from './with-source.ts';

/** The use cases of profiles. All need `system.import`; a foreign profile is `not_found`. */
export function createProfiles(deps: EngineDeps) {
  return {
    list: (actor: Actor, filter: ProfilePage) => listProfiles(deps, actor, filter),
    get: (actor: Actor, id: string) => getProfile(deps, actor, id),
    create: (actor: Actor, input: ProfileInput) => createProfile(deps, actor, input),
    update: (actor: Actor, id: string, changes: ProfileChanges) => updateProfile(deps, actor, id, changes),
    remove: (actor: Actor, id: string) => deleteProfile(deps, actor, id),
    testConnection: (actor: Actor, connection: SourceConnection, signal: AbortSignal) =>
      testNewConnection(deps, actor, connection, signal),
    test: (actor: Actor, id: string, signal: AbortSignal) => testProfile(deps, actor, id, signal),
    applyTemplate: (actor: Actor, request: SourceRequest, templateId: string) =>
      applyTemplate(deps, actor, request, templateId),
    schema: (actor: Actor, request: SourceRequest) => readSchema(deps, actor, request),
    tables: (actor: Actor, request: SourceRequest) => readBuilderTables(deps, actor, request),
    checkQuery: (actor: Actor, request: SourceRequest, query: UncommittedQuery) =>
      checkQuery(deps, actor, request, query),
    saveQuery: (actor: Actor, request: SourceRequest, query: QueryConfiguration) =>
      saveQuery(deps, actor, request, query),
    getQuery: (actor: Actor, id: string, targetType: string) => getQuery(deps, actor, id, targetType),
    removeQuery: (actor: Actor, id: string, targetType: string) => removeQuery(deps, actor, id, targetType),
    preview: (actor: Actor, request: SourceRequest, wanted: { targetType: string | null; limit: number }) =>
      previewProfile(deps, actor, request, wanted),
    exportFile: (actor: Actor, id: string) => exportProfile(deps, actor, id),
    importFile: (actor: Actor, file: ProfileFile, password: string | null) =>
      importProfile(deps, actor, file, password),
  };
}

export type Profiles = ReturnType<typeof createProfiles>;

import type { EntityManager } from '@mikro-orm/postgresql';
import type { DatabaseType } from '../../domain/profile.ts';
import type { QueryConfiguration, SslMode } from '../../domain/query.ts';
import type { ImportProfile, StoredTestResult } from '../../store/entities/import-profile.ts';
import { ImportTemplate } from '../../store/entities/import-template.ts';
import { User } from '../../store/entities/user.ts';

/** A profile as it is shown: everything but its password, which leaves the engine in no form. */
export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly databaseType: DatabaseType;
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly username: string;
  readonly sslMode: SslMode;
  readonly description: string | null;
  readonly notes: string | null;
  readonly createdBy: { readonly id: string; readonly name: string } | null;
  readonly template: { readonly id: string; readonly name: string; readonly platform: string } | null;
  /** The query of each target type. */
  readonly queries: Readonly<Record<string, QueryConfiguration>>;
  readonly connectionStatus: ImportProfile['connectionStatus'];
  readonly lastTestedAt: Date | null;
  readonly lastTestResult: StoredTestResult | null;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Completes profiles with their creators and templates, in two queries however many they are. */
export async function viewProfiles(em: EntityManager, profiles: readonly ImportProfile[]): Promise<Profile[]> {
  const userIds = [...new Set(profiles.flatMap((profile) => profile.createdById ?? []))];
  const templateIds = [...new Set(profiles.flatMap((profile) => profile.templateId ?? []))];
  const users = userIds.length === 0 ? [] : await em.find(User, { id: { $in: userIds } });
  const templates = templateIds.length === 0 ? [] : await em.find(ImportTemplate, { id: { $in: templateIds } });
  return profiles.map((profile) => {
    const user = users.find((candidate) => candidate.id === profile.createdById);
    const template = templates.find((candidate) => candidate.id === profile.templateId);
    return {
      id: profile.id,
      name: profile.name,
      databaseType: profile.databaseType,
      host: profile.host,
      port: profile.port,
      database: profile.database,
      username: profile.username,
      sslMode: profile.sslMode,
      description: profile.description ?? null,
      notes: profile.notes ?? null,
      createdBy: user ? { id: user.id, name: user.name } : null,
      template: template ? { id: template.id, name: template.name, platform: template.platform } : null,
      queries: profile.queries,
      connectionStatus: profile.connectionStatus,
      lastTestedAt: profile.lastTestedAt ?? null,
      lastTestResult: profile.lastTestResult ?? null,
      createdAt: profile.createdAt,
      updatedAt: profile.updatedAt,
    };
  });
}

/** One profile as it is shown. */
export async function viewProfile(em: EntityManager, profile: ImportProfile): Promise<Profile> {
  const [view] = await viewProfiles(em, [profile]);
  if (!view) throw new Error('a profile has exactly one view');
  return view;
}

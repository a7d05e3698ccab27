import type { QueryConfiguration } from '../../domain/query.ts';

/** A ready configuration for a known platform, as every tenant finds it. Plain data. */
export interface SystemTemplate {
  readonly name: string;
  readonly platform: string;
  readonly databaseType: 'postgresql';
  readonly description: string;
  readonly supportedTypes: readonly string[];
  /** By target type; on a database that lacks some of it, `fitQueries` takes away what is missing. */
  readonly queries: Readonly<Record<string, QueryConfiguration>>;
}

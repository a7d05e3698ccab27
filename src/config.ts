import ipaddr from 'ipaddr.js';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { LOG_LEVELS } from './platform/logger.ts';
import type { LogLevel } from './platform/logger.ts';
import { parseOutboundRules } from './platform/outbound-rules.ts';
import { Secret } from './platform/secret.ts';
import { parseStorage } from './platform/storage/storage-setting.ts';
import type { StorageSetting } from './platform/storage/storage-setting.ts';

/** What a process of Lading is there for. */
export const ROLES = ['all', 'api', 'worker', 'migrate', 'demo'] as const;

export type Role = (typeof ROLES)[number];

/** Everything a process may be told from outside; what is `null` here is embedded or made at the first start. */
export interface HomeConfig {
  readonly http: {
    readonly host: string;
    readonly port: number;
    /** Proxies in front of the API whose word on the caller's address is taken. */
    readonly trustedProxies: number;
    readonly ingestPrefix: string;
  };
  readonly store: { readonly url: Secret | null; readonly poolSize: number };
  readonly temporal: {
    readonly address: string | null;
    readonly namespace: string;
    readonly taskQueue: string;
    readonly uiPort: number;
    /** Where people open Temporal's UI; a job's workflow link starts with it. */
    readonly uiUrl: string;
    readonly cli: string | null;
  };
  readonly home: {
    readonly path: string;
    readonly cache: string;
    readonly workers: number;
    /** The folders in which executables are looked for. */
    readonly searchPath: string;
  };
  readonly auth: {
    readonly adminEmail: string;
    readonly adminPassword: Secret | null;
    readonly secretKey: Secret | null;
  };
  readonly limits: {
    readonly rateLimits: 'documented' | 'off';
    /** Bytes of one upload, outside the migration dialect. */
    readonly maxUpload: number;
    /** Partitions of imports that one worker process reads and commits at once. */
    readonly workerPartitions: number;
    /** Rows a worker matches by likeness in memory; more of them go by way of the store. */
    readonly workerMatchRows: number;
  };
  /** Networks, addresses and hosts, perhaps with a port, that outbound connections may reach besides public addresses. */
  readonly outbound: { readonly allow: readonly string[] };
  readonly storage: StorageSetting;
  readonly log: { readonly level: LogLevel };
}

/** The configuration of a process that needs the store alone: `migrate`. */
export type StoreConfig = HomeConfig & { readonly store: { readonly url: Secret } };

/** The configuration of the processes that serve: `api` and `worker`. */
export type Config = StoreConfig & {
  readonly temporal: { readonly address: string };
  readonly auth: { readonly secretKey: Secret };
};

/** Settings that cannot be used, each with the reason; values are named only where they are no secrets. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[], options: ErrorOptions = {}) {
    const count = mistakes.length === 1 ? '1 setting is wrong' : `${mistakes.length} settings are wrong`;
    super(`Lading cannot start, ${count}:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`, options);
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

const wholeNumber = (min: number, max: number): z.ZodType<number, string> =>
  z
    .string()
    .regex(/^\d+$/u, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

const urlOf = (schemes: readonly string[], example: string): z.ZodType<string, string> =>
  z
    .string()
    .refine((value) => URL.canParse(value) && schemes.includes(new URL(value).protocol), `must look like ${example}`);

const UNITS: Readonly<Record<string, number>> = { '': 1, kb: 2 ** 10, mb: 2 ** 20, gb: 2 ** 30 };

const byteSize = z
  .string()
  .regex(/^\d+ ?(?:[kmg]b)?$/iu, 'must be a number of bytes, or of KB, MB or GB, such as 5GB')
  .transform((value) => Number.parseInt(value, 10) * (UNITS[value.replace(/^\d+ ?/u, '').toLowerCase()] ?? 1));

const networksAndHosts = z
  .string()
  .superRefine((list, context) => {
    for (const message of parseOutboundRules(list).mistakes) context.addIssue({ code: 'custom', message });
  })
  .transform((list) => list.split(',').map((entry) => entry.trim()))
  .transform((entries) => entries.filter((entry) => entry !== ''));

/** Every variable Lading knows, in the order of `.env.example`; all are optional here, roles ask for more. */
const variables = z.object({
  PORT: wholeNumber(0, 65_535).default(8080),
  HOST: z.string().default('127.0.0.1'),
  LADING_TRUST_PROXY: wholeNumber(0, 10).default(0),
  LADING_HOME: z.string().default('.lading'),
  LADING_ADMIN_EMAIL: z
    .string()
    .regex(/^[^\s@]+@[^\s@]+$/u, 'must be an e-mail address')
    .default('admin@localhost'),
  LADING_ADMIN_PASSWORD: z.string().optional(),
  DATABASE_URL: urlOf(['postgres:', 'postgresql:'], 'postgres://user:password@host:5432/database').optional(),
  LADING_DATABASE_POOL: wholeNumber(2, 500).default(10),
  TEMPORAL_ADDRESS: z
    .string()
    .regex(/^(?:[^\s:/]+|\[[0-9a-f:]+\]):\d{1,5}$/iu, 'must look like host:7233')
    .optional(),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_TASK_QUEUE: z.string().default('lading'),
  TEMPORAL_UI_PORT: wholeNumber(1, 65_535).default(8233),
  TEMPORAL_UI_URL: urlOf(['http:', 'https:'], 'https://temporal.example.com').optional(),
  TEMPORAL_CLI: z.string().optional(),
  LADING_WORKERS: wholeNumber(1, 64).default(1),
  LADING_WORKER_PARTITIONS: wholeNumber(1, 64).default(2),
  LADING_WORKER_MATCH_ROWS: wholeNumber(0, 1_000_000).default(20_000),
  LADING_SECRET_KEY: z.string().min(16, 'must have at least 16 characters').optional(),
  LADING_RATE_LIMITS: z.enum(['documented', 'off'], 'must be documented or off').default('documented'),
  LADING_OUTBOUND_ALLOW: networksAndHosts.optional(),
  LADING_INGEST_PREFIX: z
    .string()
    .regex(/^(?:\/[a-z0-9._~-]+)+$/iu, 'must be a path such as /api/v1/ingest')
    .default('/api/v1/ingest'),
  LADING_STORAGE: z
    .string()
    .transform((value, context) => {
      const { place, mistakes } = parseStorage(value);
      for (const message of mistakes) context.addIssue({ code: 'custom', message });
      return place ?? z.NEVER;
    })
    .optional(),
  AWS_REGION: z.string().default('us-east-1'),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  LADING_MAX_UPLOAD: byteSize.default(5 * 2 ** 30),
  LADING_LOG_LEVEL: z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`).default('info'),
  LADING_CACHE: z.string().optional(),
});

type Variables = z.output<typeof variables>;

/** The names of all variables Lading knows. */
export const VARIABLE_NAMES: readonly string[] = Object.keys(variables.shape);

/** Variables whose values must not be repeated in a message. */
const SECRET_NAMES = new Set([
  'DATABASE_URL',
  'LADING_ADMIN_PASSWORD',
  'LADING_SECRET_KEY',
  'LADING_STORAGE',
  'AWS_SECRET_ACCESS_KEY',
]);

const NEEDED: Readonly<Record<Role, readonly (keyof Variables)[]>> = {
  all: [],
  demo: [],
  migrate: ['DATABASE_URL'],
  api: ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'LADING_SECRET_KEY'],
  worker: ['DATABASE_URL', 'TEMPORAL_ADDRESS', 'LADING_SECRET_KEY'],
};

/**
 * Reads the environment for a role. The result is frozen. Throws a `ConfigError` that names every mistake at once; a
 * variable that is set to nothing counts as not set.
 */
export function loadConfig(role: 'all' | 'demo', environment?: NodeJS.ProcessEnv): HomeConfig;
export function loadConfig(role: 'migrate', environment?: NodeJS.ProcessEnv): StoreConfig;
export function loadConfig(role: 'api' | 'worker', environment?: NodeJS.ProcessEnv): Config;
export function loadConfig(role: Role, environment: NodeJS.ProcessEnv = process.env): HomeConfig {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim() !== ''));
  const parsed = variables.safeParse(given);
  const mistakes = parsed.success ? [] : parsed.error.issues.map((issue) => describe(issue, given));
  for (const name of NEEDED[role]) {
    if (given[name] === undefined) mistakes.push(`${name}: is needed to run "${role}" by itself`);
  }
  mistakes.push(...halfKey(given));
  if (!parsed.success || mistakes.length > 0) throw new ConfigError(mistakes);
  return deepFreeze(group(parsed.data, given));
}

/** The environment for a child process: this one's, with `changes` laid over it. */
export function childEnvironment(changes: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, ...changes };
}

/** An access key of a bucket is used only whole: alone, a half of it would be silently passed over. */
function halfKey(given: Readonly<Record<string, string | undefined>>): string[] {
  const [id, secret] = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] as const;
  if (given['LADING_STORAGE']?.startsWith('s3:') !== true) return [];
  if ((given[id] === undefined) === (given[secret] === undefined)) return [];
  const [there, missing] = given[id] === undefined ? [secret, id] : [id, secret];
  return [`${missing}: is needed, as ${there} is set`];
}

function describe(issue: z.core.$ZodIssue, given: Readonly<Record<string, string | undefined>>): string {
  const name = String(issue.path[0]);
  const namesItself = SECRET_NAMES.has(name) || issue.message.startsWith('"');
  return namesItself ? `${name}: ${issue.message}` : `${name}: ${issue.message}, not "${given[name]}"`;
}

function group(v: Variables, given: Readonly<Record<string, string | undefined>>): HomeConfig {
  const home = resolve(v.LADING_HOME);
  return {
    http: { host: v.HOST, port: v.PORT, trustedProxies: v.LADING_TRUST_PROXY, ingestPrefix: v.LADING_INGEST_PREFIX },
    store: { url: secret(v.DATABASE_URL), poolSize: v.LADING_DATABASE_POOL },
    temporal: {
      address: v.TEMPORAL_ADDRESS ?? null,
      namespace: v.TEMPORAL_NAMESPACE,
      taskQueue: v.TEMPORAL_TASK_QUEUE,
      uiPort: v.TEMPORAL_UI_PORT,
      uiUrl: (v.TEMPORAL_UI_URL ?? `http://127.0.0.1:${v.TEMPORAL_UI_PORT}`).replace(/\/+$/u, ''),
      cli: v.TEMPORAL_CLI ?? null,
    },
    home: {
      path: home,
      cache: resolve(v.LADING_CACHE ?? join(given['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'lading')),
      workers: v.LADING_WORKERS,
      searchPath: given['PATH'] ?? '',
    },
    auth: {
      adminEmail: v.LADING_ADMIN_EMAIL,
      adminPassword: secret(v.LADING_ADMIN_PASSWORD),
      secretKey: secret(v.LADING_SECRET_KEY),
    },
    limits: {
      rateLimits: v.LADING_RATE_LIMITS,
      maxUpload: v.LADING_MAX_UPLOAD,
      workerPartitions: v.LADING_WORKER_PARTITIONS,
      workerMatchRows: v.LADING_WORKER_MATCH_ROWS,
    },
    outbound: { allow: v.LADING_OUTBOUND_ALLOW ?? (isLoopback(v.HOST) ? ['127.0.0.0/8', '::1/128'] : []) },
    storage: storageOf(v, home),
    log: { level: v.LADING_LOG_LEVEL },
  };
}

function secret(value: string | undefined): Secret | null {
  return value === undefined ? null : new Secret(value);
}

function isLoopback(host: string): boolean {
  if (host === 'localhost') return true;
  return ipaddr.isValid(host) && ipaddr.process(host).range() === 'loopback';
}

function storageOf(v: Variables, home: string): StorageSetting {
  const place = v.LADING_STORAGE ?? { kind: 'folder', path: join(home, 'files') };
  if (place.kind === 'folder') return place;
  return {
    ...place,
    region: place.region ?? v.AWS_REGION,
    accessKeyId: v.AWS_ACCESS_KEY_ID ?? null,
    secretAccessKey: secret(v.AWS_SECRET_ACCESS_KEY),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const part of Object.values(value)) deepFreeze(part);
  }
  return value;
}

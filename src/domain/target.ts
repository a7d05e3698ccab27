import type { Service } from './directory/columns.ts';

/** `list` is a list of texts, `uuid` one that nobody has to know of; both as PostgreSQL prints them. `native` is text in the form in which PostgreSQL itself reads and prints the column's type: an enum, an array, JSON. */
export const FIELD_TYPES = [
  'text',
  'integer',
  'numeric',
  'boolean',
  'date',
  'timestamptz',
  'reference',
  'uuid',
  'list',
  'native',
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** One field of a target: what rows may put there and in which column it lies. */
export interface TargetField {
  readonly name: string;
  readonly column: string;
  readonly type: FieldType;
  readonly required: boolean;
  /** For `reference`: the target type whose source identifier the value is; the column holds that record's id. */
  readonly references?: string;
  /** What happens to a row whose reference is unknown: the column stays empty and an issue says so, or the row fails. */
  readonly whenUnknown?: 'leave_empty' | 'fail';
  /**
   * The fields of the record that is referred to by which it is known here, `id` among them; its source identifier when
   * absent. A `text` field keeps the value as it came, and a foreign key of the table holds it.
   */
  readonly knownBy?: readonly string[];
  /** The value alone tells one record from another (an e-mail, an id): see exact duplicate detection. */
  readonly identifying?: boolean;
  /** Ours alone: nobody names it, and it is not shown. */
  readonly hidden?: boolean;
  /** Of a table that somebody else made: what its column is. */
  readonly own?: OwnColumn;
}

/** A column of a table that somebody else made, as the catalog has it. */
export interface OwnColumn {
  /** As PostgreSQL writes it, with length and scale: `character varying(50)`, `mpaa_rating`. */
  readonly declared: string;
  /** The quoted name of the type under domains and without length or scale: texts are cast to it. */
  readonly cast: string;
  readonly notNull: boolean;
  /** The table fills it by itself: a default, a sequence, an identity. */
  readonly filled: boolean;
  /** `generated always as identity`: a value may be given when a row is made, and never after. */
  readonly always: boolean;
  /** Digits or fractions of a second it keeps; PostgreSQL would round what has more. Null: all of them. */
  readonly scale: number | null;
  /** A `timestamp` without a zone, which is held to be UTC. */
  readonly zoneless: boolean;
  /** For `reference` to an own table: the column of the referred record whose value lies here. */
  readonly referredColumn?: string;
}

/** What rows become: a typed table, its fields, what makes two rows the same record. */
export interface TargetSpec {
  readonly type: string;
  readonly label: string;
  readonly schema: string;
  readonly table: string;
  readonly fields: readonly TargetField[];
  /** The fields that identify a record within one source. */
  readonly identity: readonly string[];
  /** Of an importer's own table: the fields that its hidden identifier is made of; none, and every row is a record. */
  readonly key?: readonly string[];
  /** Of these at least one must have a value; empty means no such rule. */
  readonly anyOf: readonly string[];
  readonly builtin: boolean;
  /**
   * Of the directory: its records are known by an id that is made of what they say, in their tenant, whatever the source;
   * rows are cleaned, and add to what records hold.
   */
  readonly directory?: Service;
  /** Its records are known by the field that is their identity in the whole tenant, whoever made or changed them. */
  readonly tenantWide?: boolean;
  /** A table that somebody else made; its records have no columns of ours, see `src/store/own`. */
  readonly own?: OwnTable;
}

/**
 * Among whose rows those of a job are known again: those of its profile or importer, or all of the tenant's. Null when
 * the source was deleted.
 */
export function sourceOf(
  { tenantWide }: Pick<TargetSpec, 'tenantWide'>,
  job: {
    readonly tenantId: string;
    readonly profileId?: string | null | undefined;
    readonly importerId?: string | null | undefined;
  },
): string | null {
  return tenantWide === true ? job.tenantId : (job.profileId ?? job.importerId ?? null);
}

/** Some columns of a table by which rows are unique or refer to others, and what PostgreSQL calls that. */
export interface OwnConstraint {
  readonly name: string;
  readonly columns: readonly string[];
}

export interface OwnForeignKey extends OwnConstraint {
  /** The table it refers to, as it is listed: `schema.table`. */
  readonly table: string;
  /** The same, quoted. */
  readonly relation: string;
  readonly referred: readonly string[];
}

/** What the catalog said of a table that somebody else made. */
export interface OwnTable {
  /** The number of the definition, under which its records are known. */
  readonly number: number;
  /** What tells its rows apart: the primary key, else the identity. */
  readonly key: readonly { readonly column: string; readonly cast: string }[];
  readonly uniques: readonly OwnConstraint[];
  readonly foreignKeys: readonly OwnForeignKey[];
  /** What else it demands of values: checks and exclusions. Absent in what was registered before they were read. */
  readonly checks?: readonly OwnConstraint[];
}

export type OwnSpec = TargetSpec & { readonly own: OwnTable };

/** Whether a target is a table that somebody else made. */
export function isOwn(spec: TargetSpec): spec is OwnSpec {
  return spec.own !== undefined;
}

/**
 * The name of the field in which an importer's own table keeps what a row is known by: its fields may be called anything
 * that has no control characters in it.
 */
export const HIDDEN_IDENTIFIER = '\u001eidentifier';

/**
 * What rows of an own table are known by whose identity the table itself gives them: the key of their table in the
 * source. No field has this name.
 */
export const SOURCE_KEY = '\u001esource key';

/** The fields a job writes, in the target's order: those its query fills, and the uuid that the directory makes of them. */
export function writtenFields(spec: TargetSpec, query: Filling | undefined): readonly TargetField[] {
  const filled = new Set(query?.fields.map((field) => field.target));
  return spec.fields.filter(
    ({ name }) => filled.has(name) || (spec.directory !== undefined && spec.identity.includes(name)),
  );
}

/** What of a query says which fields it fills. */
interface Filling {
  readonly fields: readonly { readonly target: string }[];
}

/** The fields of a target that people know. */
export function shownFields({ fields }: Pick<TargetSpec, 'fields'>): readonly TargetField[] {
  return fields.filter((field) => field.hidden !== true);
}

/** Whether a field is the one in which a target of ours keeps what a row is known by in its source. */
export function isSourceIdentifier(spec: TargetSpec, name: string): boolean {
  return !isOwn(spec) && name === spec.identity[0];
}

/** How a target is found by its type, among those of a tenant. */
export type FindTarget = (type: string) => TargetSpec | undefined;

/** What rows of a target are known by when several fields together identify them: the names of all of them. */
export function identityName({ identity }: Pick<TargetSpec, 'identity'>): string {
  return identity.join(NAME_SEPARATOR);
}

/** The fields that such a name is made of. */
export function identityFields(name: string): readonly string[] {
  return name.split(NAME_SEPARATOR);
}

const NAME_SEPARATOR = '\u001f';

/** Where a type stands when several are imported: what is referred to comes before what refers. */
export function dependencyOrder(specs: readonly TargetSpec[]): TargetSpec[] {
  const byType = new Map(specs.map((spec) => [spec.type, spec]));
  const ordered: TargetSpec[] = [];
  const byTable = new Map(specs.map((spec) => [`${spec.schema}.${spec.table}`, spec]));
  const visiting = new Set<string>();
  const visit = (spec: TargetSpec): void => {
    if (visiting.has(spec.type) || ordered.includes(spec)) return;
    visiting.add(spec.type);
    for (const field of spec.fields) {
      const referred = field.references === undefined ? undefined : byType.get(field.references);
      if (referred) visit(referred);
    }
    for (const { table } of spec.own?.foreignKeys ?? []) {
      const referred = byTable.get(table);
      if (referred) visit(referred);
    }
    ordered.push(spec);
  };
  for (const spec of specs) visit(spec);
  return ordered;
}

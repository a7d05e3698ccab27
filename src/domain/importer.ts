import { isOwn } from './target.ts';
import type { FieldType, TargetField, TargetSpec } from './target.ts';

/** What values of an importer's field are. */
export const IMPORTER_FIELD_TYPES = [
  'string',
  'integer',
  'number',
  'boolean',
  'date',
  'datetime',
  'email',
  'url',
  'phone',
  'enum',
  'json',
] as const;
export type ImporterFieldType = (typeof IMPORTER_FIELD_TYPES)[number];

export const RULE_NAMES = [
  'email',
  'url',
  'regex',
  'min',
  'max',
  'min_length',
  'max_length',
  'in',
  'unique',
  'date_format',
] as const;
export type RuleName = (typeof RULE_NAMES)[number];

/** A single value as JSON has it. */
export type Scalar = string | number | boolean;

/** One rule that values of a field keep. */
export interface FieldRule {
  readonly rule: RuleName;
  /** The pattern, the bound, the list, the date's form; null for the rules that take none. */
  readonly value: Scalar | readonly Scalar[] | null;
  /** What a row that breaks the rule is told, word for word, instead of our own sentence. */
  readonly errorMessage: string | null;
}

/** One field of an importer's schema. */
export interface ImporterField {
  /** Any text; nothing is read into it. */
  readonly name: string;
  readonly label: string | null;
  readonly type: ImporterFieldType;
  /** What `enum` may be; else empty. */
  readonly values: readonly string[];
  readonly required: boolean;
  /** No two rows of a file have the same value. */
  readonly unique: boolean;
  /** Fills an empty cell. */
  readonly default: Scalar | null;
  /** Other names that a column of this field may have. */
  readonly aliases: readonly string[];
  readonly validations: readonly FieldRule[];
  /** The parts that its maker wrote down, so that it is shown as it was sent. */
  readonly said?: readonly string[];
  /** Of importers that are built in, whose documents print their sentences. */
  readonly messages?: FieldMessages;
}

/** A field about which nothing is said but what is given. */
export function plainField(
  name: string,
  type: ImporterFieldType = 'string',
  given: Partial<ImporterField> = {},
): ImporterField {
  return {
    name,
    label: null,
    type,
    values: [],
    required: false,
    unique: false,
    default: null,
    aliases: [],
    validations: [],
    ...given,
  };
}

/** Sentences of a field; `:attribute` stands for its name, `:value` for what the file has. */
export interface FieldMessages {
  readonly required?: string;
  readonly invalid?: string;
  readonly duplicate?: string;
  /** For a field that refers to a record that is not there. */
  readonly unknown?: string;
  /** What a right value looks like, instead of what a rule would say. */
  readonly expected?: string;
}

/** What becomes of a row whose key a record of the target has already. */
export const DUPLICATE_POLICIES = ['skip', 'update', 'update_if_newer', 'fail'] as const;
export type DuplicatePolicy = (typeof DUPLICATE_POLICIES)[number];

/** A column of the file and the field it fills; null for a column that is to be left alone. */
export interface ColumnMapping {
  readonly column: string;
  readonly field: string | null;
}

/** Where an importer that is not given a file gets it; passwords and keys are sealed where it is kept. */
export type ImporterSource =
  | { readonly type: 'upload' }
  | { readonly type: 'url'; readonly url: string }
  | {
      readonly type: 'ftp' | 'sftp';
      readonly host: string;
      readonly port: number | null;
      readonly user: string | null;
      readonly password: string | null;
      readonly path: string;
    }
  | {
      readonly type: 's3';
      readonly bucket: string;
      readonly key: string;
      readonly endpoint: string | null;
      readonly region: string | null;
      readonly accessKeyId: string | null;
      readonly secretAccessKey: string | null;
    };

/** A named definition of file imports: what the columns are, what is right, and what becomes of rows. */
export interface ImporterInput {
  readonly name: string;
  readonly description: string | null;
  readonly slug: string;
  readonly fields: readonly ImporterField[];
  /** The fields that make two rows the same record; empty: every row makes one. */
  readonly key: readonly string[];
  readonly duplicates: DuplicatePolicy;
  /** The date or number field that `update_if_newer` compares. */
  readonly newerBy: string | null;
  readonly source: ImporterSource;
  /** A target's type; null for a table of the importer's own. */
  readonly target: string | null;
  readonly mapping: readonly ColumnMapping[];
}

/** An importer that is to be made; without a slug it gets one of its name. */
export type NewImporterInput = Omit<ImporterInput, 'slug'> & { readonly slug: string | null };

/** What is to change in an importer; what is left out stays. */
export type ImporterChanges = { readonly [Part in keyof ImporterInput]?: ImporterInput[Part] | undefined };

/** What is asked of an importer beyond the shape of its parts; a field whose shape is wrong is null. */
export interface ImporterParts {
  readonly fields: readonly (ImporterField | null)[];
  /** The names of all fields, those of the wrong shape, too. */
  readonly names: readonly string[];
  readonly key: readonly string[];
  readonly duplicates: DuplicatePolicy;
  readonly newerBy: string | null;
  /** The fields that the mapping names, by the column it names. */
  readonly mapped: ReadonlyMap<string, string>;
}

/** A mistake and where it is: `['schema', 'fields', 2, 'validations', 0, 'value']`, and what follows "The PLACE ". */
export interface ImporterMistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Finds every mistake of an importer that its parts do not show by themselves. */
export type CheckImporter = (parts: ImporterParts) => readonly ImporterMistake[];

/** Bounds of a schema: what is more serves nobody but who wants to tire the machine. */
export const IMPORTER_LIMITS = {
  fields: 500,
  nameLength: 200,
  slugLength: 100,
  aliases: 50,
  values: 5_000,
  valueLength: 1_000,
  validations: 20,
  patterns: 50,
  patternLength: 1_000,
  messageLength: 500,
  keyFields: 32,
  mappings: 2_000,
} as const;

/** The rules that ask something of a value; `unique` asks it of the whole file. */
const RULES_BY_TYPE: Readonly<Record<ImporterFieldType, readonly RuleName[]>> = {
  string: ['email', 'url', 'regex', 'min_length', 'max_length', 'in', 'unique', 'date_format'],
  email: ['email', 'regex', 'min_length', 'max_length', 'in', 'unique'],
  url: ['url', 'regex', 'min_length', 'max_length', 'in', 'unique'],
  phone: ['regex', 'min_length', 'max_length', 'in', 'unique'],
  enum: ['regex', 'min_length', 'max_length', 'in', 'unique'],
  integer: ['regex', 'min', 'max', 'min_length', 'max_length', 'in', 'unique'],
  number: ['regex', 'min', 'max', 'min_length', 'max_length', 'in', 'unique'],
  boolean: ['in', 'unique'],
  date: ['regex', 'min', 'max', 'in', 'unique', 'date_format'],
  datetime: ['regex', 'min', 'max', 'in', 'unique', 'date_format'],
  json: ['min_length', 'max_length', 'unique'],
};

/** The rules that mean something for values of a type. */
export function rulesFor(type: ImporterFieldType): readonly RuleName[] {
  return RULES_BY_TYPE[type];
}

/** How values of a type lie in a table of the importer's own. */
export const TARGET_TYPES: Readonly<Record<ImporterFieldType, FieldType>> = {
  string: 'text',
  email: 'text',
  url: 'text',
  phone: 'text',
  enum: 'text',
  integer: 'integer',
  number: 'numeric',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamptz',
  // As it came: PostgreSQL's own types for JSON write it their way, and what came could not be told from an edit.
  json: 'text',
};

/** Whether no two rows of a file may have the same value of a field. */
export function isUnique(field: Pick<ImporterField, 'unique' | 'validations'>): boolean {
  return field.unique || field.validations.some(({ rule }) => rule === 'unique');
}

/**
 * An importer's fields as rows are held to them: what a row is known by has to be there, or each import of a file would
 * make the row again. Rows of a built-in target may do without, as they may from a database; and what somebody's own
 * table fills by itself may be left to it.
 */
export function heldFields(
  { fields, key, target }: Pick<ImporterInput, 'fields' | 'key' | 'target'>,
  spec: TargetSpec | null,
): readonly ImporterField[] {
  const own = spec !== null && isOwn(spec) ? spec : null;
  if (target !== null && own === null) return fields;
  const isFilled = (name: string): boolean =>
    own?.fields.some((field) => field.name === name && field.own?.filled) === true;
  const identifies = ({ name, default: filler }: ImporterField): boolean =>
    key.includes(name) && filler === null && !isFilled(name);
  return fields.map((field) => (identifies(field) ? { ...field, required: true } : field));
}

/** The slug of an importer that was given none: lower-case letters and digits of its name, with hyphens between. */
export function slugOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{Mn}/gu, '')
    .toLowerCase();
  const slug = plain.replaceAll(/[^a-z0-9]+/gu, '-').slice(0, IMPORTER_LIMITS.slugLength);
  return slug.replaceAll(/^-|-$/gu, '') || 'importer';
}

/** What has to be done to an importer's own table so that it holds what its schema says. */
export interface TableChange {
  readonly field: TargetField;
  /** The type its column has; null for a column that is not there yet. */
  readonly from: FieldType | null;
  /** Whether values that are there already keep their text, so that nothing is lost and no hash changes. */
  readonly keepsValues: boolean;
}

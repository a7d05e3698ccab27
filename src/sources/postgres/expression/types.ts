import type { ColumnFamily } from '../../../domain/source-schema.ts';

/** Families of the types every PostgreSQL has, by their fixed object ids. */
const BY_OID: ReadonlyMap<number, ColumnFamily> = new Map<number, ColumnFamily>([
  [16, 'boolean'],
  [17, 'bytea'],
  [18, 'text'],
  [19, 'text'],
  [20, 'integer'],
  [21, 'integer'],
  [23, 'integer'],
  [25, 'text'],
  [26, 'integer'],
  [114, 'json'],
  [142, 'text'],
  [700, 'float'],
  [701, 'float'],
  [705, 'text'],
  [790, 'money'],
  [1042, 'text'],
  [1043, 'text'],
  [1082, 'date'],
  [1083, 'time'],
  [1114, 'timestamp'],
  [1184, 'timestamptz'],
  [1186, 'interval'],
  [1266, 'time'],
  [1700, 'numeric'],
  [2950, 'uuid'],
  [3802, 'json'],
]);

/** What the catalog says of a type: its id, its name, `typtype` and `typcategory`. */
export interface CatalogType {
  readonly oid: number;
  readonly name: string;
  readonly kind: string;
  readonly category: string;
}

/** The family of a type; what is not known by its id is told by the catalog. */
export function familyOf(type: CatalogType): ColumnFamily {
  const known = BY_OID.get(type.oid);
  if (known) return known;
  if (type.kind === 'e') return 'enum';
  if (type.category === 'A') return 'array';
  // Extensions' texts such as citext are in the string category; so is what renders like a string.
  return type.category === 'S' ? 'text' : 'other';
}

const DECIMAL = /^-?(0|[1-9]\d*)(\.\d+)?$/;

/**
 * A source value as a JSON value for people to look at: numbers where a JSON number says exactly the same, else text;
 * instants in ISO 8601.
 */
export function jsonValue(family: ColumnFamily, text: string | null): unknown {
  if (text === null) return null;
  switch (family) {
    case 'boolean':
      return text === 't';
    case 'integer':
    case 'numeric':
    case 'float':
      return exactNumber(text) ?? text;
    case 'timestamp':
      return text.replace(/^(\d{4}-\d\d-\d\d) /, '$1T');
    case 'timestamptz':
      return text.replace(/^(\d{4}-\d\d-\d\d) ([\d:.]+)\+00$/, '$1T$2Z');
    case 'json':
      return parsedOrText(text);
    default:
      return text;
  }
}

/** The number a text says, when a JSON number says exactly that. */
function exactNumber(text: string): number | null {
  if (!DECIMAL.test(text)) return null;
  const shortest = text.includes('.') ? text.replace(/\.?0+$/, '') : text;
  return String(Number(text)) === shortest ? Number(text) : null;
}

function parsedOrText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** An identifier quoted for SQL; every name that is not written in this code passes through here. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table's quoted, schema-qualified name. */
export function qualified(schema: string, table: string): string {
  return `${quoted(schema)}.${quoted(table)}`;
}

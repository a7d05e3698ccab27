/** The values of a statement; nothing that somebody gave ever stands in its text. */
export class Parameters {
  readonly values: unknown[] = [];

  /** Keeps a value and gives its place: `$3::bigint`. */
  add(value: unknown, cast: string): string {
    this.values.push(value);
    return `$${this.values.length}::${cast}`;
  }
}

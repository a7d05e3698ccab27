const START = Date.UTC(2024, 0, 2, 8);

/** A moment some minutes after the help desk opened, as a PostgreSQL timestamp without time zone. */
export function timestamp(minutes: number): string {
  return new Date(START + minutes * 60_000).toISOString().slice(0, 19).replace('T', ' ');
}

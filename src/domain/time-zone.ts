const IANA = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+){0,2}$/u;

/**
 * The time zone of the IANA database that a name means, in the database's own spelling where it is known however the
 * name is cased; null when there is none. Offsets such as `+02:00` are none: they know nothing of summer time.
 */
export function findTimeZone(name: string): string | null {
  if (!IANA.test(name)) return null;
  const spelled = Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase() === name.toLowerCase());
  if (spelled !== undefined) return spelled;
  if (name.toLowerCase() === 'utc') return 'UTC';
  try {
    new Intl.DateTimeFormat('en', { timeZone: name }).format(0);
    // An older name of a zone, such as US/Eastern.
    return name;
  } catch {
    return null;
  }
}

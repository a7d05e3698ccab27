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

/** Whether a zone's clocks differ from UTC by whole hours, in summer and winter of the present year. */
export function isWholeHours(zone: string): boolean {
  const offsets = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  const year = new Date().getUTCFullYear();
  return [0, 6].every((month) => {
    const parts = offsets.formatToParts(Date.UTC(year, month, 1));
    const offset = parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
    return !offset.includes(':') || offset.endsWith(':00');
  });
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/iu;

/** Whether a text has the form of a uuid of any version; what has not names nothing and never reaches the store. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

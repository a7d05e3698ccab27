/** So much of the evidence may speak against a format that is held to be the column's: those values are mistaken. */
const MOST_AGAINST = 0.05;

/** Whether evidence decides: there is some, and nearly none for the other side. */
export function beats(evidenceFor: number, evidenceAgainst: number): boolean {
  return evidenceFor > 0 && evidenceAgainst <= MOST_AGAINST * (evidenceFor + evidenceAgainst);
}

import { AppError, invalid, mistakesOf } from '../domain/errors.ts';
import type { AnyRequest, Route } from './dialect.ts';
import { parseInput } from './parse-input.ts';
import type { ParsedInput, RawInput } from './parse-input.ts';

/**
 * Parses a request as `parseInput` does; where its body has mistakes, what is sound of it is held against the engine by
 * the route's own `check`, so that nobody mends one half and only then hears of the other. What the engine says of a
 * field that is wrong already is not told: it saw the body without it.
 */
export async function parseWhole(
  route: Route,
  raw: RawInput,
  asRequest: (input: ParsedInput) => AnyRequest,
): Promise<ParsedInput> {
  try {
    return parseInput(route, raw);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'validation' || route.check === undefined) throw error;
    const told = mistakesOf(error);
    const sound = soundPart(route, raw, Object.keys(told));
    if (sound === null) throw error;
    const further = Object.entries(await route.check(asRequest(sound), told));
    const untold = further.filter(([field]) => !Object.keys(told).some((known) => overlap(field, known)));
    throw invalid({ ...told, ...Object.fromEntries(untold) }, error.message);
  }
}

/** The input without its faulty fields; null when that is none either, as without a required field. */
function soundPart(route: Route, raw: RawInput, faulty: readonly string[]): ParsedInput | null {
  const json: unknown = structuredClone(raw.json);
  for (const field of faulty) leaveOut(json, field.split('.'));
  try {
    return parseInput(route, { ...raw, json });
  } catch {
    return null;
  }
}

/** Takes a field away where it stands; of a list all, since one item less would be another list. */
function leaveOut(from: unknown, path: readonly string[]): void {
  const [step, ...below] = path;
  if (step === undefined || !isRecord(from)) return;
  const inner = from[step];
  if (below.length > 0 && isRecord(inner)) leaveOut(inner, below);
  else delete from[step];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Whether one of two fields is the other or lies in it. */
function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

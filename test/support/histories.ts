import type { WorkflowHandle } from '@temporalio/client';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** What happened in a workflow, as Temporal keeps it. */
export type History = Awaited<ReturnType<WorkflowHandle['fetchHistory']>>;

const FOLDER = fileURLToPath(new URL('../histories/', import.meta.url));

/** The names of the recorded histories. */
export async function recordedHistories(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : [])).toSorted();
}

export async function readHistory(name: string): Promise<History> {
  return JSON.parse(await readFile(`${FOLDER}${name}.json`, 'utf8'), withBytes) as History;
}

export async function writeHistory(name: string, history: History): Promise<void> {
  await mkdir(FOLDER, { recursive: true });
  await writeFile(`${FOLDER}${name}.json`, `${JSON.stringify(plain(history), null, 1)}\n`);
}

/** Which process on which machine did something is of no use in a recording. */
const HIDDEN = new Set(['identity', 'stackTrace']);
const PROCESS_ON_A_MACHINE = /\d+@[\w.-]+/g;

/** A message of Temporal's protocol as JSON can hold it: numbers of 64 bits as numbers, bytes in base64. */
function plain(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll(PROCESS_ON_A_MACHINE, 'recorded');
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  if ('toNumber' in value && typeof value.toNumber === 'function') return value.toNumber();
  const members = Object.entries(value).filter(([, member]) => member !== null && member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, HIDDEN.has(name) ? 'recorded' : plain(member)]));
}

function withBytes(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('base64' in value)) return value;
  return typeof value.base64 === 'string' ? Buffer.from(value.base64, 'base64') : value;
}

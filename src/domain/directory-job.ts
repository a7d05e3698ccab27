/** How a job of the directory stands, seen by whoever waits for it; retries are told apart from first attempts. */
const DIRECTORY_PHASES = [
  'pending',
  'queued',
  'running',
  'paused',
  'retry_queued',
  'retrying',
  'completed',
  'failed',
  'cancelled',
] as const;
export type DirectoryPhase = (typeof DIRECTORY_PHASES)[number];

/** Retries that may be asked for. */
export const MOST_RETRIES = 100;

/** What the keys of exported files begin with; a job's id follows. */
export const EXPORTS = 'exports/';

/** What an exported file is called when it is downloaded, or imported again. */
export function exportFileName(jobId: string): string {
  return `export-${jobId}.csv`;
}

/** What the keys of files begin with that imports have taken of what was uploaded. */
export const TAKEN = 'imports/';

import { setTimeout as delay } from 'node:timers/promises';
import { io } from 'socket.io-client';
import type { ApiClient } from './api-client.ts';
import { hasEnded, jobAnswer, progressEvent, statusEvent } from './job-answers.ts';
import type { Job } from './job-answers.ts';

/** How often the job itself is looked at, should the socket have missed its end. */
const LOOK_EVERY_MS = 3000;

/**
 * Follows a job to its end over Socket.IO: `onProgress` hears how many rows have an outcome, whenever that is told.
 * Resolves with the job as the API shows it when it has ended, also when the socket cannot be had.
 */
export async function watchJob(
  client: ApiClient,
  jobId: string,
  onProgress: (processed: number) => void,
  signal?: AbortSignal,
): Promise<Job> {
  const ended = new AbortController();
  const socket = io(client.baseUrl, { auth: { token: client.token }, transports: ['websocket'] });
  const channel = `private-import.job.${jobId}`;
  // Whoever connects, at first or again, is told what he has missed.
  socket.on('connect', () => socket.emit('subscribe', { channel, after: 0 }));
  socket.on('import.progress.updated', (_channel: unknown, payload: unknown) => {
    const event = progressEvent.safeParse(payload);
    if (event.success && event.data.job_id === jobId) onProgress(event.data.records_processed);
  });
  socket.on('import.job.status.changed', (_channel: unknown, payload: unknown) => {
    const event = statusEvent.safeParse(payload);
    if (event.success && event.data.job_id === jobId && hasEnded(event.data)) ended.abort();
  });
  try {
    for (;;) {
      const job = await client.get(`/api/import/jobs/${jobId}`, jobAnswer);
      onProgress(job.records_processed);
      if (hasEnded(job)) return job;
      const wake = signal ? AbortSignal.any([ended.signal, signal]) : ended.signal;
      await delay(ended.signal.aborted ? 100 : LOOK_EVERY_MS, undefined, { signal: wake }).catch(() => undefined);
      signal?.throwIfAborted();
    }
  } finally {
    socket.disconnect();
  }
}

import { Connection } from '@temporalio/client';

/** Resolves when the Temporal server at an address (host:port) says that it serves; rejects with the reason otherwise. */
export async function temporalAnswers(address: string, signal: AbortSignal): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: 2_000 });
  try {
    await connection.withAbortSignal(signal, () => connection.workflowService.getSystemInfo({}));
  } finally {
    await connection.close();
  }
}

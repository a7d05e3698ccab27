/** Long steps have a task queue of their own, so that short ones never wait behind them. */
export function rowQueue(taskQueue: string): string {
  return `${taskQueue}-rows`;
}

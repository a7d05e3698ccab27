import { AsyncLocalStorage } from 'node:async_hooks';

const requests = new AsyncLocalStorage<string>();

/** Runs `work`, and whatever it awaits, as part of the request with this id. */
export function inRequest<T>(requestId: string, work: () => T): T {
  return requests.run(requestId, work);
}

/** The id of the request that is being answered, or null outside of any. */
export function currentRequestId(): string | null {
  return requests.getStore() ?? null;
}

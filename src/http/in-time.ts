/**
 * What comes of work that is not waited for any longer than this; what it comes to later is dropped. Throws a `TimeoutError`
 * when its time is over, whether or not the work heeds the signal.
 */
export async function inTime<T>(milliseconds: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const signal = AbortSignal.timeout(milliseconds);
  const tooLate = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => tooLate.reject(signal.reason), { once: true });
  return Promise.race([work(signal), tooLate.promise]);
}

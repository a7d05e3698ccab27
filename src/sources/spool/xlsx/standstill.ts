/** How often a process that reads beats, and whoever waits for it looks. */
export const BEAT_MS = 2_000;

/** Beats without getting on, or looks without a beat, after which it is taken to stand still: a minute. */
const PATIENCE = 30;

/**
 * Tells a process that stands still from a slow one. What counts is its own beats, in which nothing more was read, and
 * looks of whoever waits in which none came: neither passes while the machine is asleep or the process is stopped, as the
 * clock does.
 */
export class Standstill {
  #read = -1;
  #beats = 0;
  #looks = 0;

  /** It has beaten, and has read so much by now. */
  beat(read: number): void {
    this.#looks = 0;
    this.#beats = read === this.#read ? this.#beats + 1 : 0;
    this.#read = read;
  }

  /** Whether it stands still; to be asked each `BEAT_MS`. */
  look(): boolean {
    this.#looks += 1;
    return this.#looks >= PATIENCE || this.#beats >= PATIENCE;
  }
}

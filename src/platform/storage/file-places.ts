import type { ObjectStorage } from './object-storage.ts';

/** Where files lie, and where they are worked on. */
export interface FilePlaces {
  readonly storage: ObjectStorage;
  /** A folder of this machine; what lies there has no name, so nothing stays when a process dies. */
  readonly scratchFolder: string;
  /** Bytes of one file that is uploaded or fetched. */
  readonly maxBytes: number;
}

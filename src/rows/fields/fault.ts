import type { IssueCode } from '../../domain/record.ts';
import type { Misfit } from '../misfit.ts';

/** Why a value is not one of its field. */
export class Fault {
  readonly code: IssueCode;
  /** A sentence that follows "The FIELD ". */
  readonly reason: string;
  /** What a right value looks like, where that can be said in a few characters: `YYYY-MM-DD`. */
  readonly expected: string | null;
  /** The whole sentence where somebody gave one; it takes the place of ours. */
  readonly message: string | null;

  constructor(code: IssueCode, reason: string, expected: string | null = null, message: string | null = null) {
    this.code = code;
    this.reason = reason;
    this.expected = expected;
    this.message = message;
  }

  /** The same fault told in somebody's own words. */
  told(message: string | null): Fault {
    return message === null ? this : new Fault(this.code, this.reason, this.expected, message);
  }
}

/** What a conversion gave, with its misfit as a fault. */
export function orFault(converted: string | Misfit, expected: string | null = null): string | Fault {
  return typeof converted === 'string' ? converted : new Fault(converted.code, converted.reason, expected);
}

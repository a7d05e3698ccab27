/** Why a value does not fit its field: a sentence that follows "The FIELD field ". */
export class Misfit {
  readonly code: 'invalid_format' | 'out_of_range';
  readonly reason: string;

  constructor(code: 'invalid_format' | 'out_of_range', reason: string) {
    this.code = code;
    this.reason = reason;
  }
}

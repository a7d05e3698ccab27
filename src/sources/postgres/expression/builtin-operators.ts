/** Operators between two values; those before one are `-` and `+`. */
export const BINARY_OPERATORS: ReadonlySet<string> = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '||',
  '=',
  '<>',
  '<',
  '<=',
  '>',
  '>=',
  '->',
  '->>',
  '#>',
  '#>>',
]);

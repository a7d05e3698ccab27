import type { TargetSpec } from '../domain/target.ts';
import { accounts } from './accounts.ts';
import { companies, contacts } from './directory.ts';
import { agents } from './agents.ts';
import { customerUsers } from './customer-users.ts';
import { tickets } from './tickets.ts';
import { timeEntries } from './time-entries.ts';
import { jamaah, payment, travelPackage } from './travel-targets.ts';

const BUILTIN: readonly TargetSpec[] = [
  customerUsers,
  tickets,
  timeEntries,
  agents,
  accounts,
  companies,
  contacts,
  jamaah,
  payment,
  travelPackage,
];
const BY_TYPE = new Map(BUILTIN.map((spec) => [spec.type, spec]));

/** The targets every tenant has, in the order they are shown. */
export function builtinTargets(): readonly TargetSpec[] {
  return BUILTIN;
}

/** The built-in target of a type, or undefined. */
export function findBuiltinTarget(type: string): TargetSpec | undefined {
  return BY_TYPE.get(type);
}

import { SERVICES } from '../../domain/directory/columns.ts';
import type { Service } from '../../domain/directory/columns.ts';
import { namedMistake } from './errors.ts';

/** A service by its name on the wire. Throws `ERR_UNKNOWN_SERVICE`. */
export function serviceNamed(name: unknown): Service {
  const found = SERVICES.find((service) => service === name);
  if (found === undefined) {
    throw namedMistake(
      'ERR_UNKNOWN_SERVICE',
      `There is no service ${JSON.stringify(name)}; use "contact" or "company".`,
    );
  }
  return found;
}

/** The services and the paths their own endpoints lie under. */
export const SERVICE_PATHS: readonly { readonly service: Service; readonly path: string; readonly many: string }[] = [
  { service: 'company', path: '/companies', many: 'companies' },
  { service: 'contact', path: '/contacts', many: 'contacts' },
];

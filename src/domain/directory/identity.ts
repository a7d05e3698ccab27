import { cleanLowerCase } from './clean.ts';

/** The namespace of all uuids that are made of what identifies a company or contact. It must never change. */
export const DIRECTORY_NAMESPACE = '6f1d0c52-9a0e-5c1b-8d7e-2b7f5a3c4e19';

/** Between the parts, so that "ab" + "c" is not "a" + "bc". No clean text holds it. */
export const BETWEEN = '\u001f';

/** What identifies a company, or null where it has neither name nor address. */
export function companyIdentity(company: {
  readonly name?: string | null | undefined;
  readonly linkedin_url?: string | null | undefined;
}): string | null {
  return identity('company', [company.name, company.linkedin_url]);
}

/** What identifies a contact, or null where nothing that does is known. */
export function contactIdentity(contact: {
  readonly first_name?: string | null | undefined;
  readonly last_name?: string | null | undefined;
  readonly linkedin_url?: string | null | undefined;
}): string | null {
  return identity('contact', [contact.first_name, contact.last_name, contact.linkedin_url]);
}

function identity(kind: string, parts: readonly (string | null | undefined)[]): string | null {
  const clean = parts.map((part) => (part === null || part === undefined ? '' : (cleanLowerCase(part) ?? '')));
  return clean.every((part) => part === '') ? null : [kind, ...clean].join(BETWEEN);
}

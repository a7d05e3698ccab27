import type { HomeConfig } from '../config.ts';
import type { Embedded } from '../runtime/embedded.ts';
import type { Home } from '../runtime/home.ts';
import type { Job } from './job-answers.ts';

/** What a demo that serves on leaves to its user: addresses to open and commands to run, the last job in them. */
export function whereToLook(
  { baseUrl, temporalUi, home }: Pick<Embedded, 'baseUrl' | 'temporalUi'> & { home: Pick<Home, 'adminPassword'> },
  { adminEmail: email, adminPassword }: HomeConfig['auth'],
  last: Job | null,
): string {
  const url = last?.workflow?.url ?? null;
  const password = adminPassword === null ? `$(cat '${home.adminPassword}')` : '$LADING_ADMIN_PASSWORD';
  const job =
    last === null ? '' : `  curl -s -H "authorization: Bearer $TOKEN" ${baseUrl}/api/import/jobs/${last.id}\n`;
  return `
Where to look
  Start page   ${baseUrl}/
  API          ${baseUrl}/docs
  Temporal UI  ${temporalUi}${url === null ? '' : `\n  Last job     ${url}`}

  TOKEN=$(curl -s ${baseUrl}/api/v1/auth/login -H 'content-type: application/json' \\
    -d "{\\"email\\":\\"${email}\\",\\"password\\":\\"${password}\\"}" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')
${job}  curl -s -H "authorization: Bearer $TOKEN" '${baseUrl}/api/import/targets/customer_users/records?search=anna'

`;
}

/** The same of a demo that ends with its report, and its addresses with it. */
export function whereItIsKept({ path }: { readonly path: string }): string {
  return `
"--once" ends here. What was imported stays: "npm start" with the home ${path} serves it.

`;
}

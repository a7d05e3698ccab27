export const ROLES = ['owner', 'admin', 'agent'] as const;
export type Role = (typeof ROLES)[number];

export const PERMISSIONS = ['system.import', 'system.configure', 'pages.import.manage'] as const;
export type Permission = (typeof PERMISSIONS)[number];

/** Who asks: a user acting in his tenant, whichever dialect and credential brought him here. */
export interface Actor {
  readonly userId: string;
  readonly userNumber: number;
  readonly name: string;
  readonly email: string;
  readonly tenantId: string;
  readonly tenantName: string;
  readonly role: Role;
  readonly permissions: readonly Permission[];
  readonly superAdmin: boolean;
  /** An API token with permissions of its own brought him: it manages neither users, tenants nor tokens. */
  readonly restricted?: boolean;
}

/** What a role may do unless the user was given other permissions by name. */
export const DEFAULT_PERMISSIONS: Readonly<Record<Role, readonly Permission[]>> = {
  owner: ['system.import', 'system.configure', 'pages.import.manage'],
  admin: ['system.import', 'pages.import.manage'],
  agent: [],
};

import type { EntityManager } from '@mikro-orm/postgresql';
import type { Permission, Role } from '../../../domain/actor.ts';

/** A user as every request meets him, with the name of his tenant. */
export interface IdentityRow {
  readonly user_id: string;
  readonly user_number: string;
  readonly name: string;
  readonly email: string;
  readonly tenant_id: string;
  readonly tenant_name: string;
  readonly role: Role;
  readonly permissions: Permission[] | null;
  readonly super_admin: boolean;
}

const USER_COLUMNS = `
  u."id" as "user_id", u."number"::text as "user_number", u."name", u."email", u."tenant_id",
  t."name" as "tenant_name", u."role", u."permissions", u."super_admin"`;

/** Who holds a session that is neither revoked nor past its time, by the session's id; null when it is not alive. */
export async function identityOfSession(
  em: EntityManager,
  sessionId: string,
  userId: string,
): Promise<IdentityRow | null> {
  return first<IdentityRow>(
    em,
    `select ${USER_COLUMNS} from "sessions" s
     join "users" u on u."id" = s."user_id" join "tenants" t on t."id" = u."tenant_id"
     where s."id" = ?::uuid and s."user_id" = ?::uuid and s."revoked_at" is null and s."expires_at" > now()`,
    [sessionId, userId],
  );
}

/** The same by what the session's cookie holds, with the session's id. */
export async function identityOfCookie(
  em: EntityManager,
  secretHash: Buffer,
): Promise<(IdentityRow & { readonly session_id: string }) | null> {
  return first(
    em,
    `select s."id" as "session_id", ${USER_COLUMNS} from "sessions" s
     join "users" u on u."id" = s."user_id" join "tenants" t on t."id" = u."tenant_id"
     where s."secret_hash" = ? and s."revoked_at" is null and s."expires_at" > now()`,
    [secretHash],
  );
}

/** The user behind an API token, with the token and what it leaves of his permissions. */
export interface TokenIdentityRow extends IdentityRow {
  readonly token_id: string;
  readonly token_permissions: Permission[] | null;
}

/** Who made an API token that is not past its time, by its secret; null when there is none such. Its use is noted. */
export async function identityOfApiToken(em: EntityManager, secretHash: Buffer): Promise<TokenIdentityRow | null> {
  // The use is noted in the same round trip, and at most once a minute: a busy token must not write on every request.
  return first(
    em,
    `with "token" as (
       select * from "api_tokens" where "secret_hash" = ? and ("expires_at" is null or "expires_at" > now())
     ), "noted" as (
       update "api_tokens" a set "last_used_at" = now() from "token"
       where a."id" = "token"."id"
         and (a."last_used_at" is null or a."last_used_at" < now() - interval '1 minute')
     )
     select k."id" as "token_id", k."permissions" as "token_permissions", ${USER_COLUMNS} from "token" k
     join "users" u on u."id" = k."user_id" join "tenants" t on t."id" = u."tenant_id"`,
    [secretHash],
  );
}

/** The same by the token's id, for those who were let in by it before. */
export async function identityOfApiTokenId(em: EntityManager, tokenId: string): Promise<TokenIdentityRow | null> {
  return first(
    em,
    `select k."id" as "token_id", k."permissions" as "token_permissions", ${USER_COLUMNS} from "api_tokens" k
     join "users" u on u."id" = k."user_id" join "tenants" t on t."id" = u."tenant_id"
     where k."id" = ?::uuid and (k."expires_at" is null or k."expires_at" > now())`,
    [tokenId],
  );
}

/** A tenant's user by his id, who is not asking himself: what is done in his name is done as he is now. */
export async function identityOfUser(em: EntityManager, tenantId: string, userId: string): Promise<IdentityRow | null> {
  return first<IdentityRow>(
    em,
    `select ${USER_COLUMNS} from "users" u join "tenants" t on t."id" = u."tenant_id"
     where u."id" = ?::uuid and u."tenant_id" = ?::uuid`,
    [userId, tenantId],
  );
}

async function first<Row>(em: EntityManager, sql: string, values: readonly unknown[]): Promise<Row | null> {
  const rows: Row[] = await em.execute(sql, [...values]);
  return rows[0] ?? null;
}

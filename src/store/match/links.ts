import type { PoolClient } from 'pg';
import type { Link } from '../../rows/match-units.ts';
import type { MatchClaim } from './match-step.ts';

/** What a step has just written has no statistics yet, and would be joined row by row. */
export const WHOLE_TABLES = 'set local enable_nestloop = off';

/** Writes links down; of two between the same nodes the stronger counts. Each pair of nodes comes once. */
export async function writeLinks(client: PoolClient, claim: MatchClaim, links: readonly Link[]): Promise<void> {
  if (links.length === 0) return;
  await client.query(
    `insert into "import_match_links" ("job_number", "target_ordinal", "a", "b", "bits", "a_unit", "b_unit")
     select $1, $2, * from unnest($3::uuid[], $4::uuid[], $5::double precision[], $6::bigint[], $7::bigint[])
     on conflict ("job_number", "target_ordinal", "a", "b") do update
       set "bits" = excluded."bits", "a_unit" = excluded."a_unit", "b_unit" = excluded."b_unit"
       where "import_match_links"."bits" < excluded."bits"`,
    [
      claim.jobNumber,
      claim.targetOrdinal,
      links.map((link) => link.a),
      links.map((link) => link.b),
      links.map((link) => link.bits),
      links.map((link) => link.aUnit),
      links.map((link) => link.bUnit),
    ],
  );
}

/** Lists what links of so many bits hold together, each still for itself. */
export async function listNodes(client: PoolClient, claim: MatchClaim, bits: number): Promise<void> {
  const place = [claim.jobNumber, claim.targetOrdinal];
  await client.query(
    `insert into "import_match_nodes" ("job_number", "target_ordinal", "node")
     select $1, $2, "node" from (
       select "a" as "node" from "import_match_links" where "job_number" = $1 and "target_ordinal" = $2 and "bits" >= $3
       union
       select "b" from "import_match_links" where "job_number" = $1 and "target_ordinal" = $2 and "bits" >= $3
     ) as "linked" on conflict do nothing`,
    [...place, bits],
  );
  await client.query(
    `update "import_match_nodes" set "label" = "number" where "job_number" = $1 and "target_ordinal" = $2`,
    place,
  );
}

/**
 * One round of giving linked nodes of a level the smallest of their labels: when nothing changes any more, what hangs
 * together has one label. Returns how many changed.
 */
export async function spreadLabels(
  client: PoolClient,
  claim: MatchClaim,
  level: number,
  bits: number,
): Promise<number> {
  const place = [claim.jobNumber, claim.targetOrdinal, level];
  await client.query(WHOLE_TABLES);
  const spread = await client.query(
    `with "n" as materialized (
       select "node", "label" from "import_match_nodes"
       where "job_number" = $1 and "target_ordinal" = $2 and "level" = $3
     ), "l" as materialized (
       select "x"."label" as "a_label", "y"."label" as "b_label", "l"."a", "l"."b"
       from "import_match_links" as "l" join "n" as "x" on "x"."node" = "l"."a" join "n" as "y" on "y"."node" = "l"."b"
       where "l"."job_number" = $1 and "l"."target_ordinal" = $2 and "l"."bits" >= $4
         and "x"."label" <> "y"."label"
     ), "least" as (
       select "node", min("label") as "label"
       from (select "a" as "node", "b_label" as "label" from "l" union all select "b", "a_label" from "l") as "near"
       group by "node"
     )
     update "import_match_nodes" as "t" set "label" = "least"."label" from "least"
     where "t"."job_number" = $1 and "t"."target_ordinal" = $2 and "t"."node" = "least"."node"
       and "least"."label" < "t"."label"`,
    [...place, bits],
  );
  // A label is the number of a node, which may have a smaller label itself by now: chains grow short by halves.
  await client.query(
    `update "import_match_nodes" as "t" set "label" = "p"."label" from "import_match_nodes" as "p"
     where "t"."job_number" = $1 and "t"."target_ordinal" = $2 and "t"."level" = $3
       and "p"."job_number" = $1 and "p"."target_ordinal" = $2 and "p"."level" = $3
       and "p"."number" = "t"."label" and "p"."label" < "t"."label"`,
    place,
  );
  return spread.rowCount ?? 0;
}

/** Puts the nodes of what is too large together onto the next level, each for itself. Returns how many. */
export async function raiseLarge(client: PoolClient, claim: MatchClaim, level: number, most: number): Promise<number> {
  const { rowCount } = await client.query(
    `update "import_match_nodes" set "level" = "level" + 1, "label" = "number"
     where "job_number" = $1 and "target_ordinal" = $2 and "label" in (
       select "label" from "import_match_nodes"
       where "job_number" = $1 and "target_ordinal" = $2 and "level" = $3 group by "label" having count(*) > $4)`,
    [claim.jobNumber, claim.targetOrdinal, level, most],
  );
  return rowCount ?? 0;
}

/** A node, where its first row comes in the source, and whether it is a record that exists. */
export interface LabelledNode {
  readonly id: string;
  readonly label: number;
  readonly place: number;
  readonly exists: boolean;
}

/** Whole components after a label, of together about so many nodes, and the links within them. */
export async function nextComponents(
  client: PoolClient,
  claim: MatchClaim,
  after: number,
  limit: number,
): Promise<{ readonly nodes: LabelledNode[]; readonly links: Link[] }> {
  const place = [claim.jobNumber, claim.targetOrdinal];
  const found = await client.query<[string, string, string | null, boolean]>({
    rowMode: 'array',
    text: `select "n"."node", "n"."label", "r"."place", "r"."place" is null or "r"."pinned"
      from (
        select "node", "label" from "import_match_nodes"
        where "job_number" = $1 and "target_ordinal" = $2 and "label" > $3
        order by "label" fetch first $4 rows with ties
      ) as "n" left join lateral (
        select min("place") as "place", bool_or("record_id" is not null) as "pinned" from "import_match_rows"
        where "job_number" = $1 and "target_ordinal" = $2 and "node" = "n"."node"
      ) as "r" on true
      order by "n"."label"`,
    values: [...place, after, limit],
  });
  const nodes = found.rows.map(([id, label, first, exists]) => ({
    id,
    label: Number(label),
    place: Number(first ?? 0),
    exists,
  }));
  if (nodes.length === 0) return { nodes, links: [] };
  const ids = nodes.map((node) => node.id);
  const linked = await client.query<[string, string, string, string, string]>({
    rowMode: 'array',
    text: `select "a", "b", "bits"::text, "a_unit", "b_unit" from "import_match_links"
      where "job_number" = $1 and "target_ordinal" = $2 and "a" = any($3::uuid[])`,
    values: [...place, ids],
  });
  const labels = new Map(nodes.map((node) => [node.id, node.label]));
  const links = linked.rows.flatMap(([a, b, bits, aUnit, bUnit]) =>
    labels.get(a) === labels.get(b) ? [{ a, b, bits: Number(bits), aUnit: Number(aUnit), bUnit: Number(bUnit) }] : [],
  );
  return { nodes, links };
}

import Fuse from 'fuse.js';
import { cleanText } from '../domain/directory/clean.ts';
import { findColumn } from '../domain/directory/columns.ts';
import type { Service } from '../domain/directory/columns.ts';
import type { Statement } from './compile.ts';
import { TABLES } from './column-sql.ts';
import { filtersOf, findFilter } from './filters.ts';
import type { FacetSearch, Filter, FilterType, TextSearch } from './filters.ts';
import { BOUNDS, FILTER_DATA_GRAMMARS } from './grammar.ts';
import { refusedQuery } from './mistakes.ts';
import { pageSizeMistakes, shapeMistakes } from './shape-mistakes.ts';
import { Parameters } from './parameters.ts';
import { searchSql } from './where-sql.ts';

/** A filter as the wire shows it. */
export interface ShownFilter {
  readonly key: string;
  readonly filter_type: FilterType;
  readonly display_name: string;
  readonly active: boolean;
}

/** The filters of a service. */
export function shownFilters(service: Service): ShownFilter[] {
  return filtersOf(service).map(({ key, type, displayName }) => ({
    key,
    filter_type: type,
    display_name: displayName,
    active: true,
  }));
}

export interface FilterDataQuery {
  readonly service: Service;
  readonly filter: Filter;
  /** Null: all values, by the alphabet. */
  readonly search: string | null;
  readonly page: number;
  readonly limit: number;
}

export interface FilterValue {
  /** As it is stored. */
  readonly value: string;
  /** In title case. */
  readonly display_value: string;
}

/** Checks what somebody asks of a filter's values; throws one error that names every mistake, see `refusedQuery`. */
export function parseFilterData(service: Service, input: unknown): FilterDataQuery {
  const parsed = FILTER_DATA_GRAMMARS[service].safeParse(input);
  const mistakes = [
    ...(parsed.success ? [] : shapeMistakes(service, parsed.error.issues)),
    ...pageSizeMistakes(input, BOUNDS.rows),
  ];
  const filter = parsed.success ? findFilter(service, parsed.data.filter_key) : undefined;
  if (!parsed.success || filter === undefined || mistakes.length > 0) throw refusedQuery(mistakes);
  const { search_text: search, page, limit } = parsed.data;
  return { service, filter, search: cleanText(search ?? ''), page: page ?? 1, limit: limit ?? BOUNDS.defaultLimit };
}

/** More values than these are not ranked; those that begin with what is looked for come first. */
const RANKED = 5000;
/** So many rows are looked at for the values of texts, of which there may be as many as rows. */
const LOOKED = 5000;

/**
 * A page of the values that rows have in a filter's column, each once whatever its case; a value that no row has any more
 * is not among them. Filters whose values nobody could choose from (addresses, numbers) have none; of texts the values of
 * a few thousand rows are told, of those that have what is looked for.
 * @param run runs a statement and gives its rows
 */
export async function filterData(
  query: FilterDataQuery,
  tenantId: string,
  run: (statement: Statement) => Promise<readonly unknown[][]>,
): Promise<FilterValue[]> {
  const { filter, search, page, limit } = query;
  const from = (page - 1) * limit;
  if (filter.how.kind === 'words') {
    const texts = (await run(textsOf(query, filter.how, tenantId))).map(([value, begins]) => known(value, begins));
    const wanted = search === null ? texts.map(({ value }) => value) : ranked(texts, search);
    return wanted.slice(from, from + limit).map(withDisplay);
  }
  if (!filter.listed) return [];
  if (search === null) return shown(await run(alphabetical(query, tenantId, from)));
  const found = (await run(candidates(query, search, tenantId))).map(([value, begins]) => known(value, begins));
  const wanted = ranked(found, search).slice(from, from + limit);
  if (wanted.length === 0) return [];
  return shown(await run(stillHeld(query, wanted, tenantId)));
}

interface KnownValue {
  readonly value: string;
  /** With what is looked for. */
  readonly begins: boolean;
}

function known(value: unknown, begins: unknown): KnownValue {
  return { value: String(value), begins: begins === true };
}

function shown(rows: readonly unknown[][]): FilterValue[] {
  return rows.map(([value]) => withDisplay(String(value)));
}

function withDisplay(value: string): FilterValue {
  return { value, display_value: titleCase(value) };
}

/** Each word with a capital letter; other letters stay as they are, for names have capitals of their own. */
export function titleCase(text: string): string {
  return text.replace(/(?<![\p{L}\p{N}\p{M}'’])\p{L}/gu, (letter) => letter.toUpperCase());
}

/** What begins with the text, then what is like it; of equals what was seen first. */
function ranked(values: readonly KnownValue[], search: string): string[] {
  const beginning = values.filter(({ begins }) => begins);
  const others = values.filter(({ begins }) => !begins);
  const fuse = new Fuse(others, { keys: ['value'], ignoreLocation: true, threshold: 0.3 });
  return [...beginning, ...fuse.search(search).map(({ item }) => item)].map(({ value }) => value);
}

/** The values of a filter ($1 tenant, $2 service, $3 key), each once, as it was first seen. */
const VALUES = `
  select "value_key", (array_agg("value" order by "number"))[1] as "value", min("number") as "number"
  from "directory_values" where "tenant_id" = $1 and "service" = $2 and "filter_key" = $3 group by "value_key"`;

function alphabetical({ service, filter, limit }: FilterDataQuery, tenantId: string, from: number): Statement {
  const parameters = ofFilter(tenantId, service, filter);
  const text = `
    ${someFacets(service, filter)}
    select "v"."value" from (${VALUES}) as "v" where ${held(service, filter)} order by "v"."value_key"
    limit ${parameters.add(limit, 'bigint')} offset ${parameters.add(from, 'bigint')}`;
  return { text, values: parameters.values, rowMode: 'array' };
}

function candidates({ service, filter }: FilterDataQuery, search: string, tenantId: string): Statement {
  const parameters = ofFilter(tenantId, service, filter);
  const text = `
    select "v"."value", starts_with("v"."value_key", directory_key(${parameters.add(search, 'text')})) as "begins"
    from (${VALUES}) as "v" order by "begins" desc, "v"."number" limit ${RANKED}`;
  return { text, values: parameters.values, rowMode: 'array' };
}

function stillHeld({ service, filter }: FilterDataQuery, values: readonly string[], tenantId: string): Statement {
  const parameters = new Parameters();
  parameters.add(tenantId, 'uuid');
  const text = `
    ${someFacets(service, filter)}
    select "v"."value" from unnest(${parameters.add(values, 'text[]')}) with ordinality as "v" ("value", "place")
    where ${held(service, filter)} order by "v"."place"`;
  return { text, values: parameters.values, rowMode: 'array' };
}

/** The values of a text, by the alphabet; with a search of rows that have its words, the last one begun. */
function textsOf(
  { service, filter: { key }, search }: FilterDataQuery,
  { words }: TextSearch,
  tenantId: string,
): Statement {
  const parameters = new Parameters();
  const mine = `"tenant_id" = ${parameters.add(tenantId, 'uuid')}`;
  const text = parameters.add(search, 'text');
  const having = search === null ? '' : `and ${words} @@ ${searchSql('match_phrase_prefix', text)}`;
  const value = findColumn(service, key)?.type === 'list' ? `unnest("${key}")` : `"${key}"`;
  const sql = `
    select min("value"), starts_with("value_key", directory_key(${text})) as "begins"
    from (
      select "value", directory_key("value") as "value_key"
      from (select ${value} as "value" from ${TABLES[service]} where ${mine} ${having} limit ${LOOKED}) as "few"
      where "value" <> ''
    ) as "keyed" group by "value_key" order by "value_key"`;
  return { text: sql, values: parameters.values, rowMode: 'array' };
}

function ofFilter(tenantId: string, service: Service, { key }: Filter): Parameters {
  const parameters = new Parameters();
  parameters.add(tenantId, 'uuid');
  parameters.add(service, 'text');
  parameters.add(key, 'text');
  return parameters;
}

/**
 * The facets of a few rows of the tenant, $1. What is frequent is among them; the index would list all rows that have it
 * before it says that there is one. What is rare it finds fast.
 */
function someFacets(service: Service, filter: Filter): string {
  return `with "some" as materialized (
    select distinct unnest("pairs") as "facet"
    from (select ${facetsOf(filter).pairs} as "pairs" from ${TABLES[service]} where "tenant_id" = $1 limit 5000) as "few")`;
}

/** Whether some row of the tenant, $1, has the value of `v`. */
function held(service: Service, filter: Filter): string {
  const facet = `'${filter.key}=' || directory_key("v"."value")`;
  return `(${facet} in (select "facet" from "some") or exists (
    select from ${TABLES[service]} where "tenant_id" = $1 and ${facetsOf(filter).facets} @> array[${facet}]))`;
}

function facetsOf({ key, how }: Filter): FacetSearch {
  if (how.kind !== 'facet') throw new Error(`the values of ${key} are listed and are no facets`);
  return how;
}

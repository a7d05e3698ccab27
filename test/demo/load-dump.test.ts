import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { loadDump } from '../../src/demo/load-dump.ts';
import { createEmptyDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';

const DUMP = String.raw`--
-- PostgreSQL database dump
--

\restrict Jx2AYzf7Qb

SET statement_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE DATABASE elsewhere;
\connect elsewhere

CREATE SCHEMA public;
ALTER SCHEMA public OWNER TO nobody_here;
CREATE EXTENSION IF NOT EXISTS extension_of_nobody WITH SCHEMA public;
COMMENT ON EXTENSION extension_of_nobody IS 'not here';

CREATE FUNCTION public.twice(a integer) RETURNS integer
    LANGUAGE sql
    BEGIN ATOMIC
 SELECT CASE WHEN a > 1 THEN (a * 2) ELSE a END;
END;

CREATE FUNCTION public.say() RETURNS text
    LANGUAGE plpgsql
    AS $$ begin return 'a;b'; end; $$;

ALTER FUNCTION public.say() OWNER TO nobody_here;

CREATE TABLE public."odd; name" (
    id integer NOT NULL,
    body text DEFAULT 'a;b'::text
); -- a remark, it's here

COPY public."odd; name" (id, body) FROM stdin;
1	line\nbreak and \\. and ütf
2	\N
3	\\.
\.


COPY public."odd; name" (id, body) FROM stdin;
\.

INSERT INTO public."odd; name" VALUES (4, 'it''s
over two lines;');
REVOKE ALL ON TABLE public."odd; name" FROM PUBLIC;
GRANT SELECT ON TABLE public."odd; name" TO nobody_here;
CREATE PUBLICATION p FOR ALL TABLES;
ALTER TABLE ONLY public."odd; name"
    ADD CONSTRAINT odd_key PRIMARY KEY (id);

\unrestrict Jx2AYzf7Qb
`;

describe('loading a dump', () => {
  let folder: string;
  let database: TestDatabase;
  let client: pg.Client;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lading-dump-'));
    database = await createEmptyDatabase();
  });
  after(async () => {
    await rm(folder, { recursive: true });
    await database.drop();
  });

  const load = async (bytes: Buffer | string): ReturnType<typeof loadDump> => {
    const path = join(folder, 'some.sql');
    await writeFile(path, bytes);
    client = new pg.Client(database.url);
    await client.connect();
    try {
      await client.query('drop schema public cascade; create schema public');
      return await loadDump(client, path);
    } finally {
      await client.end();
    }
  };
  const query = async (sql: string): Promise<unknown[]> => {
    const reader = new pg.Client(database.url);
    await reader.connect();
    try {
      return (await reader.query({ text: sql, rowMode: 'array' })).rows;
    } finally {
      await reader.end();
    }
  };

  for (const [name, bytes] of [
    ['as text', DUMP],
    ['gzipped', gzipSync(DUMP)],
    ['with Windows line ends in its statements', DUMP.replace(/;\n(?!\d)/g, ';\r\n').replace(/stdin;\r/g, 'stdin;')],
  ] as const) {
    test(`takes all that matters out of a dump ${name}`, async () => {
      assert.deepEqual(await load(bytes), {
        statements: 18,
        rows: 3,
        notes: [
          'left out: comments on extensions',
          'left out: databases and roles',
          'left out: owners',
          'left out: privileges',
          'left out: replication',
          'left out: the schema public, which is there',
          'not available: CREATE EXTENSION IF NOT EXISTS extension_of_nobody WITH SCHEMA public;',
        ],
      });
      assert.deepEqual(await query(`select id, replace(body, E'\\r', '') from "odd; name" order by id`), [
        [1, 'line\nbreak and \\. and ütf'],
        [2, null],
        [3, '\\.'],
        [4, `it's\nover two lines;`],
      ]);
      assert.deepEqual(await query('select twice(4), say()'), [[8, 'a;b']]);
    });
  }

  const REFUSED: readonly (readonly [string, Buffer | string, RegExp])[] = [
    ['that ends within rows', DUMP.slice(0, DUMP.indexOf('2\t\\N')), /ends in the middle of the rows of a COPY/],
    ['that ends within a statement', DUMP.slice(0, DUMP.indexOf('DEFAULT')), /ends in the middle of a statement/],
    ['whose packing is cut short', gzipSync(DUMP).subarray(0, 500), /unexpected end of file/],
    ['in the custom format', 'PGDMP\u0001', /pg_restore/],
    ['in another encoding', DUMP.replace("'UTF8'", "'LATIN1'"), /--encoding=UTF8/],
    ['that wants a program run', `\\! touch /tmp/x\nselect 1;\n`, /psql's command \\!/],
    ['with a wrong statement', 'select 1;\ncreate tabel x ();\n', /syntax error .*\(in: create tabel x \(\);\)/],
    ['with nothing in it', '-- nothing\n', /holds no statement/],
  ];
  for (const [name, bytes, message] of REFUSED) {
    test(`refuses a dump ${name}`, async () => {
      await assert.rejects(load(bytes), message);
    });
  }
});

import type { Role } from '../config.ts';

/** What `--help` without a role prints. */
export const GENERAL_HELP = `Lading imports rows from another PostgreSQL database into typed tables: mapped, checked, matched, exactly once, with
a ledger record for every row.

  npm start                everything on this machine: PostgreSQL, Temporal, API, worker
  npm run demo             the same, and a sample help desk is imported before your eyes
  npm run api              one API process,    against DATABASE_URL and TEMPORAL_ADDRESS
  npm run worker           one worker process, against DATABASE_URL and TEMPORAL_ADDRESS
  npm run migrate          brings the tables at DATABASE_URL to the newest version

Settings are environment variables; .env.example lists each with its meaning and default.
"npm start -- --help", "npm run worker -- --help" and so on tell more of one role.`;

/** What `ROLE --help` prints. */
export const ROLE_HELP: Readonly<Record<Role, string>> = {
  all: `npm start: everything on this machine.

Starts PostgreSQL 18 and a Temporal server (each unless DATABASE_URL or TEMPORAL_ADDRESS names one), the API and
LADING_WORKERS workers, says when all of it is ready, starts again whatever dies, and stops all of it on Ctrl-C.

  Everything is kept in LADING_HOME (.lading): data, logs (log/NAME.log), pid files and addresses (run/).
  PORT=8081 LADING_HOME=/tmp/second npm start   runs a second one beside it.
  The first user's password is printed at the first start and kept in LADING_HOME/admin-password.`,
  demo: `npm run demo: a sample help desk, imported.

Starts everything as "npm start" does, makes a small FreeScout database with a few thousand customers, imports it
through the FreeScout template, says what happened and where to look, and goes on serving.

  npm run demo -- --once              stops after the report; exit 0 only if every number fits
  npm run demo -- --dump FILE.sql.gz  imports this FreeScout dump instead`,
  api: `npm run api: one API process (HTTP, sockets, start page) on HOST:PORT.

Needs DATABASE_URL, TEMPORAL_ADDRESS and LADING_SECRET_KEY (the same key for all processes of an installation).
Several may run behind a load balancer. GET /health/ready says whether it can serve. SIGTERM stops it in order.

  DATABASE_URL=postgres://… TEMPORAL_ADDRESS=localhost:7233 LADING_SECRET_KEY=… npm run api`,
  worker: `npm run worker: one worker process, which does the imports.

Needs DATABASE_URL, TEMPORAL_ADDRESS and LADING_SECRET_KEY (the same key for all processes of an installation).
Any number may run, on any machine that reaches both; one that is killed loses nothing. SIGTERM stops it in order.

  DATABASE_URL=postgres://… TEMPORAL_ADDRESS=localhost:7233 LADING_SECRET_KEY=… npm run worker`,
  migrate: `npm run migrate: brings the tables at DATABASE_URL to the newest version, then ends.

Run it before a new version's API and workers start; running it again changes nothing. "npm start" does it itself.

  DATABASE_URL=postgres://user:password@host:5432/lading npm run migrate`,
};

import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, ROLES } from './config.ts';
import type { HomeConfig, Role } from './config.ts';
import { AppError } from './domain/errors.ts';
import { makeFolder } from './platform/make-folder.ts';
import { GENERAL_HELP, ROLE_HELP } from './runtime/help.ts';
import { startFailure } from './runtime/start-failure.ts';

/** Exit codes: 0 all went well, 1 something failed, 2 it was called or configured wrongly. */
async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === '--help' || first === '-h' || first === 'help') {
    console.log(GENERAL_HELP);
    return 0;
  }
  const role = ROLES.find((known) => known === first);
  if (role === undefined) {
    console.error(first === undefined ? 'Name a role.' : `There is no role "${first}".`);
    console.error(`Roles: ${ROLES.join(', ')}. "--help" tells more.`);
    return 2;
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    console.log(ROLE_HELP[role]);
    return 0;
  }
  return run(role, rest);
}

async function run(role: Role, argv: readonly string[]): Promise<number> {
  switch (role) {
    case 'all': {
      parseArgs({ args: [...argv] });
      const config = compiledFor(cached(loadConfig('all')));
      const { serveEmbedded } = await import('./runtime/serve.ts');
      return serveEmbedded(config);
    }
    case 'demo': {
      const config = compiledFor(cached(loadConfig('demo')));
      const { runDemo } = await import('./demo/run-demo.ts');
      return runDemo(config, argv);
    }
    case 'migrate': {
      parseArgs({ args: [...argv] });
      const config = compiledFor(loadConfig('migrate'));
      const { migrate } = await import('./assemble.ts');
      await migrate(config);
      return 0;
    }
    case 'api': {
      const config = compiledFor(loadConfig('api'));
      const { startApi } = await import('./assemble.ts');
      return serve(argv, () => startApi(config));
    }
    case 'worker': {
      const config = compiledFor(cached(loadConfig('worker')));
      const { startWorker } = await import('./assemble.ts');
      return serve(argv, () => startWorker(config));
    }
  }
}

/** Lets Node keep what it compiles, which takes a third off every later start; called before the large imports. */
function compiledFor<C extends HomeConfig>(config: C): C {
  const compiled = join(config.home.cache, 'compiled');
  try {
    makeFolder(compiled);
  } catch {
    // Where nothing can be kept it starts slower.
    return config;
  }
  enableCompileCache(compiled);
  return config;
}

/** The roles that keep what they fetch and build need a folder for it. */
function cached<C extends HomeConfig>(config: C): C {
  try {
    makeFolder(config.home.cache);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError([`LADING_CACHE: cannot be ${config.home.cache}: ${reason}`], { cause });
  }
  return config;
}

async function serve(argv: readonly string[], start: () => Promise<{ close(): Promise<void> }>): Promise<number> {
  const { values } = parseArgs({ args: [...argv], options: { pulse: { type: 'string' } } });
  const { serveUntilAsked } = await import('./runtime/serve-role.ts');
  return serveUntilAsked(start, values.pulse);
}

/** Mistakes of the user and expected failures are told in a sentence; anything else is a bug and shows its stack. */
function tell(error: unknown): number {
  if (isWrongUse(error)) {
    console.error(`${error.message}. "--help" tells more.`);
    return 2;
  }
  const expected = error instanceof ConfigError || error instanceof AppError ? error.message : startFailure(error);
  console.error(expected ?? error);
  return error instanceof ConfigError ? 2 : 1;
}

/** What `parseArgs` says of arguments that are not known. */
function isWrongUse(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS_');
}

// Leaving by force: a library's forgotten timer must not keep a process that has done its work.
process.exit(await main(process.argv.slice(2)).catch(tell));

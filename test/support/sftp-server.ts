import { createHash, generateKeyPairSync, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import ssh2 from 'ssh2';
import type { Connection, ServerChannel, SFTPWrapper } from 'ssh2';

const { STATUS_CODE } = ssh2.utils.sftp;

export interface SftpAccount {
  readonly user: string;
  readonly password: string;
}

/** A real SSH server on loopback that has files in memory, and knows some peculiarities. */
export interface SftpServer {
  readonly port: number;
  /** The fingerprint of its key. */
  readonly hostKey: string;
  readonly files: Map<string, { readonly bytes: Buffer; readonly modified: number }>;
  /** Bytes that one answer has at most. */
  mostAtOnce: number;
  /** Bytes after which something happens, once. */
  after: { readonly bytes: number; readonly fault: 'cut' | 'freeze' } | null;
  /** Takes a password only as the answer to a question. */
  asksForPassword: boolean;
  /** Greets as SFTP does and then sends this, whatever it is asked. */
  nonsense: Buffer | null;
  close(): Promise<void>;
}

export async function startSftpServer({ user, password }: SftpAccount): Promise<SftpServer> {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  const key = ssh2.utils.parseKey(privateKey);
  if (key instanceof Error) throw key;
  const connections = new Set<Connection>();
  const server = new ssh2.Server({ hostKeys: [privateKey] }, (client) => {
    connections.add(client);
    client.on('error', () => undefined).on('close', () => connections.delete(client));
    client.on('authentication', (context) => {
      if (context.method === 'password' && !state.asksForPassword) {
        return context.username === user && same(context.password, password) ? context.accept() : context.reject();
      }
      if (context.method === 'keyboard-interactive' && state.asksForPassword) {
        return context.prompt([{ prompt: 'Password: ', echo: false }], (answers) => {
          if (same(answers[0] ?? '', password)) context.accept();
          else context.reject();
        });
      }
      return context.reject([state.asksForPassword ? 'keyboard-interactive' : 'password']);
    });
    client.on('ready', () => {
      client.on('session', (accept) => {
        const session = accept();
        if (state.nonsense === null) session.on('sftp', (acceptSftp) => serve(acceptSftp(), client, state));
        else session.on('subsystem', (acceptAny) => talkNonsense(acceptAny(), state.nonsense ?? GREETING));
      });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state: SftpServer = {
    port: (server.address() as AddressInfo).port,
    hostKey: `SHA256:${createHash('sha256').update(key.getPublicSSH()).digest('base64').replace(/=+$/u, '')}`,
    files: new Map(),
    mostAtOnce: 32_768,
    after: null,
    asksForPassword: false,
    nonsense: null,
    async close() {
      for (const client of connections) client.end();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      await promise;
    },
  };
  return state;
}

function serve(sftp: SFTPWrapper, client: Connection, server: SftpServer): void {
  const open: string[] = [];
  let sent = 0;
  const fileOf = (handle: Buffer) => server.files.get(open[handle.readUInt32BE(0)] ?? '');
  sftp.on('OPEN', (id, path) => {
    if (!server.files.has(path)) return sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(open.push(path) - 1);
    return sftp.handle(id, handle);
  });
  sftp.on('FSTAT', (id, handle) => {
    const file = fileOf(handle);
    if (file === undefined) return sftp.status(id, STATUS_CODE.FAILURE);
    const { bytes, modified } = file;
    return sftp.attrs(id, { mode: 0o100_644, uid: 0, gid: 0, size: bytes.length, atime: modified, mtime: modified });
  });
  sftp.on('READ', (id, handle, offset, length) => {
    const bytes = fileOf(handle)?.bytes;
    if (bytes === undefined || offset >= bytes.length) return sftp.status(id, STATUS_CODE.EOF);
    if (server.after !== null && sent >= server.after.bytes) {
      if (server.after.fault === 'freeze') return undefined;
      server.after = null;
      return client.end();
    }
    const part = bytes.subarray(offset, offset + Math.min(length, server.mostAtOnce));
    sent += part.length;
    return sftp.data(id, part);
  });
  sftp.on('CLOSE', (id) => sftp.status(id, STATUS_CODE.OK));
}

/** SFTP's answer to the first message: version 3. */
const GREETING = Buffer.from([0, 0, 0, 5, 2, 0, 0, 0, 3]);

function talkNonsense(channel: ServerChannel, nonsense: Buffer): void {
  channel.on('error', () => undefined);
  channel.once('data', () => {
    channel.write(GREETING);
    channel.on('data', () => void channel.write(nonsense));
  });
}

function same(given: string, right: string): boolean {
  return given.length === right.length && timingSafeEqual(Buffer.from(given), Buffer.from(right));
}

import { FTPError } from 'basic-ftp';
import type { Client, FTPContext, FTPResponse } from 'basic-ftp';
import net from 'node:net';
import tls from 'node:tls';
import type { OpenOptions } from './opened.ts';

export interface FtpSource {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly path: string;
  /** `explicit` begins in plain and turns to TLS before the password is sent; `implicit` begins with it. */
  readonly security: 'plain' | 'explicit' | 'implicit';
  /** Certificates to trust besides the usual ones, in PEM. */
  readonly ca?: string;
}

/** Connects a client to its server, up to and with the greeting, and TLS where it is wished for. */
export async function openControl(client: Client, source: FtpSource, { guard, signal }: OpenOptions): Promise<void> {
  const plain = await guard.connect(source.host, source.port, { signal });
  plain.setKeepAlive(true, 30_000);
  const { ftp } = client;
  if (source.security === 'implicit') {
    const secured = tls.connect({ ...tlsOptions(source), socket: plain });
    ftp.socket = secured;
    ftp.tlsOptions = tlsOptions(source);
  } else {
    ftp.socket = plain;
  }
  await ftp.handle(undefined, (said, task) => {
    if (said instanceof Error) task.reject(said);
    else if (said.code >= 200 && said.code < 300) task.resolve(said);
    else task.reject(new FTPError(said));
  });
  if (source.security === 'explicit') await client.useTLS(tlsOptions(source));
}

/**
 * How a client opens data connections: passive mode, where the server names a port. An address that it names beside it
 * is not looked at: who was asked is connected to, and nobody else (as an FTP bounce would have it).
 */
export function dataConnections(
  source: FtpSource,
  { guard, signal }: OpenOptions,
): (ftp: FTPContext) => Promise<FTPResponse> {
  return async (ftp) => {
    const address = ftp.socket.remoteAddress ?? '';
    const { port, said } = await passivePort(ftp);
    const plain = await guard.connect(source.host, port, { signal, address });
    ftp.dataSocket = ftp.hasTLS ? secureData(ftp, plain) : plain;
    return said;
  };
}

/** The port of the next transfer. `EPSV` works for every kind of address; servers that do not know it have `PASV`. */
async function passivePort(ftp: FTPContext): Promise<{ port: number; said: FTPResponse }> {
  try {
    const said = await ftp.request('EPSV');
    const port = Number(/([|!])\1\1(\d{1,5})\1/u.exec(said.message)?.[2]);
    if (port >= 1 && port <= 65_535) return { port, said };
  } catch (error) {
    if (!(error instanceof FTPError)) throw error;
  }
  const said = await ftp.request('PASV');
  const [, high, low] = /(?<!\d)(?:\d{1,3},){4}(\d{1,3}),(\d{1,3})(?!\d)/u.exec(said.message) ?? [];
  const port = Number(high) * 256 + Number(low);
  if (port >= 1 && port <= 65_535) return { port, said };
  throw new Error('it names no port for the file in passive mode');
}

/** Servers want the session of the control connection to go on, as a sign that it is the same client. */
function secureData(ftp: FTPContext, plain: net.Socket): tls.TLSSocket {
  const session = ftp.tlsSessionStore ?? (ftp.socket instanceof tls.TLSSocket ? ftp.socket.getSession() : undefined);
  const secured = tls.connect({ ...ftp.tlsOptions, socket: plain, ...(session === undefined ? {} : { session }) });
  secured.on('session', (next: Buffer) => {
    ftp.tlsSessionStore = next;
  });
  return secured;
}

function tlsOptions({ host, ca }: FtpSource): tls.ConnectionOptions {
  return {
    host,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(ca === undefined ? {} : { ca: [...tls.rootCertificates, ca] }),
  };
}

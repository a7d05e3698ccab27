import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import tls from 'node:tls';
import type { OutboundGuard } from './outbound-guard.ts';

type Opened = (error: Error | null, stream: net.Socket) => void;

/** Agents for `node:http` and `node:https` whose every connection, so every hop of a redirect too, the guard makes. */
export function createGuardedAgents(guard: OutboundGuard): { http: http.Agent; https: https.Agent } {
  class GuardedHttpAgent extends http.Agent {
    override createConnection(options: http.ClientRequestArgs, opened?: Opened): null {
      open(guard, options, 80, (socket) => socket, opened);
      return null;
    }
  }
  class GuardedHttpsAgent extends https.Agent {
    override createConnection(options: https.RequestOptions, opened?: Opened): null {
      const secure = (socket: net.Socket): net.Socket => {
        const host = options.host ?? '';
        return tls.connect({
          ...secureOptions(options),
          socket,
          host,
          ...(net.isIP(host) ? {} : { servername: host }),
        });
      };
      open(guard, options, 443, secure, opened);
      return null;
    }
  }
  return { http: new GuardedHttpAgent(), https: new GuardedHttpsAgent() };
}

function open(
  guard: OutboundGuard,
  options: http.ClientRequestArgs,
  defaultPort: number,
  wrap: (socket: net.Socket) => net.Socket,
  opened: Opened | undefined,
): void {
  const port = Number(options.port ?? defaultPort);
  guard.connect(options.host ?? '', port).then(
    (socket) => opened?.(null, wrap(socket)),
    (error: unknown) => {
      const failure = error instanceof Error ? error : new Error('the connection could not be opened');
      // The agent looks at the socket only when there is no error.
      opened?.(failure, new net.Socket());
    },
  );
}

/** What may be said about certificates; everything that chooses where to connect stays with the guard. */
function secureOptions({ ca, cert, key, rejectUnauthorized }: https.RequestOptions): tls.ConnectionOptions {
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    rejectUnauthorized: rejectUnauthorized ?? true,
  };
}

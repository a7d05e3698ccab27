import type net from 'node:net';

const HEADER_BYTES = 5;

/**
 * Destroys a connection to a PostgreSQL server that announces a message (so: a row) larger than the limit, before any
 * of its body is kept: the driver would collect it in memory and fail outside of anybody's reach.
 */
export function limitMessageBytes(socket: net.Socket, maxBytes: number, tooLarge: (bytes: number) => Error): void {
  const header = Buffer.alloc(HEADER_BYTES);
  let headerBytes = 0;
  let bodyBytes = 0;
  socket.prependListener('data', (chunk: Buffer) => {
    let offset = 0;
    while (offset < chunk.length) {
      if (bodyBytes > 0) {
        const skipped = Math.min(bodyBytes, chunk.length - offset);
        bodyBytes -= skipped;
        offset += skipped;
        continue;
      }
      if (headerBytes === 0 && chunk.length - offset >= HEADER_BYTES) {
        bodyBytes = chunk.readUInt32BE(offset + 1) - 4;
        offset += HEADER_BYTES;
      } else {
        const taken = chunk.copy(header, headerBytes, offset, offset + HEADER_BYTES - headerBytes);
        headerBytes += taken;
        offset += taken;
        if (headerBytes < HEADER_BYTES) return;
        bodyBytes = header.readUInt32BE(1) - 4;
        headerBytes = 0;
      }
      if (bodyBytes > maxBytes) {
        socket.destroy(tooLarge(bodyBytes));
        return;
      }
    }
  });
}

// SPDX-License-Identifier: MIT
/** Serves by HTTP, on the bench's address only, what goes on the card of a board: `/card/` lists the parts, `/card/<start>` is one. */
import { createHash } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import { type CardPart, cardLine } from '../../agent/factory/card.ts';
import { STATION_PORT } from '../../agent/station-start.ts';
import type { ImagePart, SourceImage } from '../../flash/source-image.ts';
import { BuildError } from '../../image/errors.ts';

const BLOCK = 4096;
/** Milliseconds for a request to come whole; connections at once. */
const REQUEST = 10_000;
const MOST_CONNECTIONS = 64;

export async function cardServer(
  image: SourceImage,
  address: string,
  say: (text: string) => void,
): Promise<Server> {
  const list = `${image.parts.map((part) => cardLine(partOf(part))).join('\n')}\n`;
  const parts = new Map(image.parts.map(({ start, bytes }) => [`/card/${start / BLOCK}`, bytes]));
  const server = createServer(
    { requestTimeout: REQUEST, headersTimeout: REQUEST },
    ({ method, url = '', socket }, answer) => {
      const body = method !== 'GET' ? undefined : url === '/card/' ? list : parts.get(url);
      if (body === undefined) {
        answer.writeHead(404, { connection: 'close' }).end();
        return;
      }
      if (url === '/card/') say(`${socket.remoteAddress ?? 'a board'}: writes its card.`);
      answer.writeHead(200, {
        'content-type': 'application/octet-stream',
        'content-length': body.length,
        connection: 'close',
      });
      answer.end(body);
    },
  );
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(
        new BuildError(`port ${STATION_PORT} of ${address} cannot be used: ${error.message}`, {
          cause: error,
        }),
      ),
    );
    server.listen(STATION_PORT, address, resolve);
  });
  return server;
}

function partOf({ start, bytes }: ImagePart): CardPart {
  return {
    start: start / BLOCK,
    blocks: bytes.length / BLOCK,
    sha256: createHash('sha256').update(bytes).digest('hex'),
  };
}

// SPDX-License-Identifier: MIT
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The machine that runs an emulated board, as the board sees it behind an uplink to `user`. */
const HOST = '10.0.2.2';

/** An HTTP server with one file, whose first answer breaks off half-way. */
export class BrokenServer {
  /** Where each request wanted the file to begin. */
  readonly asked: number[] = [];
  readonly #server: Server;

  static async start(file: Buffer): Promise<BrokenServer> {
    const started = new BrokenServer(file);
    await new Promise<void>((resolve) => started.#server.listen(0, '127.0.0.1', resolve));
    return started;
  }

  private constructor(file: Buffer) {
    this.#server = createServer((request, response) => {
      const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
      this.asked.push(from);
      response.writeHead(from === 0 ? 200 : 206, {
        'Content-Length': file.length - from,
        ...(from === 0 ? {} : { 'Content-Range': `bytes ${from}-${file.length - 1}/${file.length}` }),
      });
      if (this.asked.length > 1) response.end(file.subarray(from));
      else response.write(file.subarray(0, file.length / 2), () => response.destroy());
    });
  }

  get url(): string {
    return `http://${HOST}:${(this.#server.address() as AddressInfo).port}/plait-alix.swu`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

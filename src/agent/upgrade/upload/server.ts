// SPDX-License-Identifier: MIT
/**
 * Takes a bundle from a client of the LAN over HTTP, for a while:
 *
 *   PUT  /upgrade/SHA256   the file, or with Content-Range what of it is not there yet
 *   HEAD /upgrade/SHA256   how much of it is there: Upload-Offset
 *   GET  /upgrade          the upgrade as JSON, also while it goes on without the client
 *
 * Each with the token. What curl can do by itself was chosen (`-T`, `-C OFFSET`), so there is neither form nor protocol of ours.
 */
import { errorText, type Ports, type Server, type Timer } from '../../ports.ts';
import { isBusy, UpgradeError, type UpgradeJob } from '../job-states.ts';
import { bundleLimit, type Received } from '../receive.ts';
import { makeSpool, mustFit, type SpoolPorts } from '../spool.ts';
import type { Answer } from './answer.ts';
import { type Body, type Exchange, UploadConnection } from './connection.ts';
import { dropGuard, type GuardKernel, putGuard } from './guard.ts';
import { BadRequest, type RequestHead } from './request-head.ts';
import { isSecret, newToken } from './token.ts';
import { type Declared, Upload } from './upload.ts';

export const UPLOAD_PORT = 8080;
/** Milliseconds in which all of the file must come. */
export const UPLOAD_TIME = 10 * 60_000;
/** Clients that follow the upgrade are told for so long how it ended (ms). */
const ENDED_TIME = 10_000;
const LOOK = 250;
const MOST_CONNECTIONS = 8;
/** Nobody guesses 128 bits; who tries gets no more tries than a person who mistypes. */
const WRONG_TOKENS = 5;

/** The LAN's device and the board's address in it. */
export interface Lan {
  device: string;
  address: string;
}

export interface UploadServerParts {
  ports: SpoolPorts & Pick<Ports, 'sockets' | 'log'>;
  kernel: GuardKernel;
  /** As it is now; undefined: there is none. */
  lan(): Lan | undefined;
  /** The upgrade that this upload belongs to. */
  job(): UpgradeJob | undefined;
}

type Tell = (done: number, total?: number) => void;

export class UploadServer {
  readonly token: string;
  readonly #parts: UploadServerParts;
  readonly #lan: Lan;
  #server: Server | undefined;
  #timer: Timer | undefined;
  #upload: Upload | undefined;
  #connections: UploadConnection[] = [];
  /** Waits to be told what became of the file that it sent. */
  #sender: Exchange | undefined;
  #wrongTokens = 0;
  /** When it closes unless a bundle has come, and when the upgrade was seen to have ended; in milliseconds since boot. */
  #until = 0;
  #endedAt: number | undefined;
  #tell: Tell = () => undefined;
  #taken: (received: Received) => void = () => undefined;
  #failed: (error: UpgradeError) => void = () => undefined;

  constructor(parts: UploadServerParts, lan: Lan) {
    this.#parts = parts;
    this.#lan = lan;
    this.token = newToken(parts.ports.disks);
  }

  /**
   * Opens the port, and waits until a whole bundle is in the spool. `opened` is told where, and when it closes (ms since boot).
   * Throws an UpgradeError when none came.
   */
  async receive(
    slotLimit: number,
    opened: (url: string, until: number) => void,
    tell: Tell,
  ): Promise<Received> {
    const { ports } = this.#parts;
    const limit = bundleLimit(slotLimit);
    mustFit(ports, limit);
    await makeSpool(ports, limit);
    this.#upload = new Upload(ports, limit);
    this.#tell = tell;
    const received = new Promise<Received>((resolve, reject) => {
      this.#taken = resolve;
      this.#failed = reject;
    });
    this.#until = ports.clock.monotonic() + UPLOAD_TIME;
    this.#open();
    opened(`http://${this.#lan.address}:${UPLOAD_PORT}/upgrade`, this.#until);
    return received;
  }

  /** False: the bundle is there already, or it was closed before. */
  get waits(): boolean {
    return this.#server !== undefined && this.#upload?.state !== 'taken';
  }

  close(why: string): void {
    if (this.#server === undefined) return;
    const { kernel, ports } = this.#parts;
    this.#timer?.cancel();
    this.#server.close();
    this.#server = undefined;
    for (const connection of this.#connections) connection.close(why);
    this.#connections = [];
    this.#upload?.close();
    this.#failed(new UpgradeError('not-received', why));
    try {
      dropGuard(kernel);
    } catch (error) {
      ports.log('warning', `the firewall of uploads: ${errorText(error)}`);
    }
  }

  #open(): void {
    const { ports, kernel } = this.#parts;
    const { device, address } = this.#lan;
    putGuard(kernel, device, UPLOAD_PORT);
    try {
      this.#server = ports.sockets.listenTcp(device, address, UPLOAD_PORT, (tcp) => {
        const connection = new UploadConnection(tcp, ports.clock.monotonic, (head, exchange) =>
          this.#handle(head, exchange),
        );
        this.#add(connection);
        return {
          data: (bytes) => connection.take(bytes),
          end: () => connection.close('its connection broke'),
        };
      });
    } catch (error) {
      dropGuard(kernel);
      throw new UpgradeError(
        'not-received',
        `port ${UPLOAD_PORT} of ${address} (${device}) cannot be opened: ${errorText(error)}`,
      );
    }
    ports.log('notice', `a bundle may be uploaded to ${address}, port ${UPLOAD_PORT}`);
    this.#timer = ports.clock.after(LOOK, () => this.#look());
  }

  /** The ones that have shown no right to be here make room for others. */
  #add(connection: UploadConnection): void {
    this.#connections = this.#connections.filter(({ open }) => open);
    if (this.#connections.length >= MOST_CONNECTIONS) {
      const oldest = this.#connections.find(({ replaceable }) => replaceable) ?? connection;
      oldest.close('others want to connect');
    }
    this.#connections = [...this.#connections, connection].filter(({ open }) => open);
  }

  #look(): void {
    for (const connection of this.#connections) connection.look();
    this.#tellSender();
    const over = this.#over();
    if (over !== undefined) this.close(over);
    else this.#timer = this.#parts.ports.clock.after(LOOK, () => this.#look());
  }

  /** Why it must close now. */
  #over(): string | undefined {
    const { ports, lan, job } = this.#parts;
    const { device, address } = lan() ?? {};
    if (device !== this.#lan.device || address !== this.#lan.address)
      return 'the address of the LAN has changed; say "plaitctl upgrade --listen" again';
    if (this.#wrongTokens >= WRONG_TOKENS)
      return `${WRONG_TOKENS} requests had a wrong token, and uploads are closed; the log says whose they were`;
    const now = ports.clock.monotonic();
    if (this.#upload?.state === 'taken') {
      if (isBusy(job()?.state ?? 'failed')) return undefined;
      this.#endedAt ??= now;
      return now - this.#endedAt >= ENDED_TIME ? 'the upgrade has ended' : undefined;
    }
    if (now < this.#until) return undefined;
    const { have = 0, declared } = this.#upload ?? {};
    const came = declared === undefined ? 'no upload' : `${have} of ${declared.size} bytes`;
    return `${came} came within ${UPLOAD_TIME / 60_000} minutes`;
  }

  #handle(head: RequestHead, exchange: Exchange): Body | undefined {
    this.#mustKnowToken(head, exchange.peer);
    const [, sha256] = /^\/upgrade(?:\/([0-9a-f]{64}))?$/.exec(head.path) ?? [undefined, undefined];
    if (head.path === '/upgrade' && head.method === 'GET') {
      exchange.answer({ status: 200, json: this.#parts.job() ?? {} });
      return undefined;
    }
    if (sha256 === undefined)
      throw new BadRequest(
        404,
        'there are /upgrade (GET), and /upgrade/ with the SHA-256 of a file (HEAD, PUT)',
      );
    if (head.method === 'HEAD') {
      exchange.answer({ status: 200, fields: this.#offset(sha256) });
      return undefined;
    }
    if (head.method === 'PUT') return this.#put(head, sha256, exchange);
    throw new BadRequest(405, 'GET is for /upgrade');
  }

  #mustKnowToken({ authorization }: RequestHead, peer: string): void {
    if (authorization === undefined)
      throw new BadRequest(
        401,
        'the field "Authorization: Bearer TOKEN" is missing; "plaitctl upgrade --listen" tells it',
      );
    // After too many not even the right one helps, until the port is closed in a moment.
    const tooMany = this.#wrongTokens >= WRONG_TOKENS;
    if (isSecret(authorization, `Bearer ${this.token}`) && !tooMany) return;
    this.#wrongTokens++;
    if (!tooMany) this.#parts.ports.log('warning', `an upload from ${peer} has a wrong token`);
    throw new BadRequest(403, 'this is not the token');
  }

  #offset(sha256: string): Record<string, string> {
    return { 'Upload-Offset': String(this.#upload?.offsetOf(sha256) ?? 0) };
  }

  #put(head: RequestHead, sha256: string, exchange: Exchange): Body {
    const upload = this.#upload;
    if (upload === undefined) throw new BadRequest(503, 'uploads are closed');
    const { first, size, length } = pieceOf(head);
    upload.begin({ sha256, size }, first);
    const { log } = this.#parts.ports;
    log('info', `${exchange.peer} uploads ${size} bytes, from byte ${first} on`);
    return {
      length,
      data: (bytes) => {
        const whole = upload.write(bytes);
        this.#tell(upload.have, size);
        if (whole) void this.#check(upload, { sha256, size }, exchange);
      },
      cut: (why) => {
        upload.cut();
        log('info', `the upload from ${exchange.peer} ended at byte ${upload.have} of ${size}: ${why}`);
      },
    };
  }

  async #check(upload: Upload, { size }: Declared, exchange: Exchange): Promise<void> {
    try {
      const sha256 = await upload.check();
      this.#sender = exchange;
      this.#taken({ size, sha256 });
    } catch (error) {
      this.#tell(upload.have);
      exchange.answer({ status: error instanceof BadRequest ? error.status : 503, text: errorText(error) });
    }
  }

  /** Once its bundle has been checked. */
  #tellSender(): void {
    const job = this.#parts.job();
    const answer = job && answerFor(job);
    if (this.#sender === undefined || answer === undefined) return;
    this.#sender.answer(answer);
    this.#sender = undefined;
  }
}

/** Which part of a file a request brings. Throws a BadRequest. */
function pieceOf({ length, range }: RequestHead): { first: number; size: number; length: number } {
  if (length === undefined) throw new BadRequest(411, 'Content-Length is missing; curl -T FILE sends it');
  if (range === undefined) return { first: 0, size: length, length };
  const { first, last, total } = range;
  if (last !== total - 1 || last - first + 1 !== length)
    throw new BadRequest(
      400,
      `Content-Range: bytes ${first}-${last}/${total} must reach to the end of the file, and have the ${length} bytes of the body`,
    );
  return { first, size: total, length };
}

/** Undefined: it is not known yet what becomes of the bundle. */
function answerFor({ id, state, failure, version, key, slot }: UpgradeJob): Answer | undefined {
  if (failure !== undefined) return { status: 422, text: `upgrade ${id} failed: ${failure.message}` };
  if (state === 'receiving' || state === 'checking') return undefined;
  return {
    status: 200,
    text: `version ${version}, signed with key ${key}, was checked and goes into slot ${slot}; "plaitctl upgrade" follows it`,
  };
}

// SPDX-License-Identifier: MIT
/**
 * One connection of a client, which carries one request. Nobody may hold it for long without sending: a head must be whole in five
 * seconds, whatever trickles in, and a body must move.
 *
 * | state       | meaning                                            | ends                          |
 * |-------------|----------------------------------------------------|-------------------------------|
 * | `head`      | the request's head comes                           | after 5 s (408)               |
 * | `body`      | the file comes                                     | after 20 s without a byte     |
 * | `answering` | all of it came; the answer takes as long as it has to | with the server            |
 * | `answered`  | what still comes is thrown away, so that the client reads its answer | after 2 s, or 1 MB |
 * | `closed`    |                                                    |                               |
 */
import { errorText, type TcpConnection } from '../../ports.ts';
import { type Answer, answerBytes, CONTINUE } from './answer.ts';
import { BadRequest, HeadReader, type RequestHead } from './request-head.ts';

const HEAD_TIME = 5000;
const BODY_SILENCE = 20_000;
const ANSWERED_TIME = 2000;
const MOST_THROWN_AWAY = 1_000_000;

/** Where the body of a request goes. */
export interface Body {
  /** Bytes; more is not handed on. */
  readonly length: number;
  /** Throws a BadRequest to end the request. */
  data(bytes: Uint8Array): void;
  /** No more will come. */
  cut(why: string): void;
}

export interface Exchange {
  readonly peer: string;
  answer(answer: Answer): void;
}

/** Undefined: no body is wanted, and the exchange is answered now or later. Throws a BadRequest. */
export type Handler = (head: RequestHead, exchange: Exchange) => Body | undefined;

export class UploadConnection implements Exchange {
  readonly #tcp: TcpConnection;
  readonly #now: () => number;
  readonly #handle: Handler;
  readonly #reader = new HeadReader();
  #state: 'head' | 'body' | 'answering' | 'answered' | 'closed' = 'head';
  /** When the state began, or the last bytes of the body came. */
  #since: number;
  #isHead = false;
  /** Something may still come that was not looked at: were it closed now, the client's kernel might drop the answer. */
  #sendsMore = true;
  #body: Body | undefined;
  /** Bytes of the body that have not come, or that may still be thrown away. */
  #left = 0;

  /** `now`: milliseconds on a clock that never jumps. */
  constructor(tcp: TcpConnection, now: () => number, handle: Handler) {
    this.#tcp = tcp;
    this.#now = now;
    this.#since = now();
    this.#handle = handle;
  }

  get peer(): string {
    return this.#tcp.peer;
  }

  get open(): boolean {
    return this.#state !== 'closed';
  }

  /** It may be closed to make room: it has shown no right to be here yet. */
  get replaceable(): boolean {
    return this.#state === 'head' || this.#state === 'answered';
  }

  take(bytes: Uint8Array): void {
    try {
      if (this.#state === 'head') this.#takeHead(bytes);
      else if (this.#state === 'body') this.#takeBody(bytes);
      else if (this.#state === 'answered') this.#throwAway(bytes);
    } catch (error) {
      // Whatever a client brings about, it ends this request and nothing else.
      this.answer({ status: error instanceof BadRequest ? error.status : 500, text: errorText(error) });
    }
  }

  /** Called now and then. */
  look(): void {
    const since = this.#now() - this.#since;
    if (this.#state === 'head' && since >= HEAD_TIME)
      this.answer({ status: 408, text: `the head of a request must come within ${HEAD_TIME / 1000} s` });
    else if (this.#state === 'body' && since >= BODY_SILENCE)
      this.answer({ status: 408, text: `nothing came for ${BODY_SILENCE / 1000} s` });
    else if (this.#state === 'answered' && since >= ANSWERED_TIME) this.close('it is answered');
  }

  answer(answer: Answer): void {
    if (this.#state === 'answered' || this.#state === 'closed') return;
    this.#endBody(answer.text ?? 'it was refused');
    this.#tcp.send(answerBytes(answer, this.#isHead));
    if (!this.#sendsMore) {
      this.close('it is answered');
      return;
    }
    this.#state = 'answered';
    this.#left = MOST_THROWN_AWAY;
    this.#since = this.#now();
  }

  close(why: string): void {
    if (this.#state === 'closed') return;
    this.#endBody(why);
    this.#state = 'closed';
    this.#tcp.close();
  }

  #takeHead(bytes: Uint8Array): void {
    const length = this.#reader.take(bytes);
    if (length === undefined) return;
    const head = this.#reader.head();
    this.#isHead = head.method === 'HEAD';
    this.#sendsMore = head.method === 'PUT' || bytes.length > length;
    const body = this.#handle(head, this);
    if (body === undefined) {
      if (this.#state === 'head') this.#state = 'answering';
      return;
    }
    this.#state = 'body';
    this.#since = this.#now();
    this.#body = body;
    this.#left = body.length;
    if (head.expectsContinue) this.#tcp.send(CONTINUE);
    if (bytes.length > length) this.#takeBody(bytes.subarray(length));
  }

  #takeBody(bytes: Uint8Array): void {
    const part = bytes.subarray(0, this.#left);
    this.#since = this.#now();
    this.#left -= part.length;
    this.#body?.data(part);
    if (this.#left > 0) return;
    this.#body = undefined;
    this.#sendsMore = part.length < bytes.length;
    this.#state = 'answering';
  }

  #throwAway(bytes: Uint8Array): void {
    this.#left -= bytes.length;
    if (this.#left <= 0) this.close('it goes on sending');
  }

  #endBody(why: string): void {
    const body = this.#body;
    this.#body = undefined;
    body?.cut(why);
  }
}

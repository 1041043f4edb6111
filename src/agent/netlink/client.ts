// SPDX-License-Identifier: MIT
/** Requests over one netlink socket: acknowledged changes and dumps. Synchronous, as the kernel answers while it is asked. */

import { errnoName } from '../errno.ts';
import { KernelError } from '../kernel.ts';
import type { NetlinkSocket } from '../ports.ts';
import {
  decodeAck,
  encodeMessage,
  type Message,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  splitMessages,
} from './message.ts';

/** Module loading happens inside a request; a slow card may take its time over it. */
const ANSWER_TIMEOUT = 5000;
const DUMP_TRIES = 4;
const MAX_SEQ = 0x7fffffff;

/** A message of a transaction, with all its flags. */
export interface Framed {
  type: number;
  flags: number;
  payload: Uint8Array;
  what: string;
}

export class NetlinkClient {
  #socket: NetlinkSocket;
  #seq = 0;

  constructor(socket: NetlinkSocket) {
    this.#socket = socket;
  }

  /** Sends one request and gives the messages answered before its acknowledgement. `what` words the error. */
  request(type: number, flags: number, payload: Uint8Array, what: string): Message[] {
    return this.#exchange(type, flags | NLM_F_REQUEST | NLM_F_ACK, payload, what).messages;
  }

  /** All messages of a dump; asked again when the kernel says it changed meanwhile. */
  dump(type: number, payload: Uint8Array, what: string): Message[] {
    for (let tries = 1; ; tries++) {
      const { messages, interrupted } = this.#exchange(type, NLM_F_REQUEST | NLM_F_DUMP, payload, what);
      if (!interrupted || tries === DUMP_TRIES) return messages;
    }
  }

  /**
   * Sends several messages as one datagram and waits for the acknowledgement of the last one; each failure before it is
   * told of in the error. `what` words the messages.
   */
  transaction(requests: readonly Framed[]): void {
    const first = this.#seq + 1;
    const frames = requests.map((request) => encodeMessage({ ...request, seq: ++this.#seq }));
    this.#seq %= MAX_SEQ;
    this.#socket.send(concatenate(frames));
    const failures: KernelError[] = [];
    for (;;) {
      for (const message of splitMessages(this.#receive('transaction'))) {
        const at = message.seq - first;
        const request = requests[at];
        if (message.type !== NLMSG_ERROR || request === undefined) continue;
        const failure = failureOf(message, request.what);
        if (failure !== undefined) failures.push(failure);
        // Of the frame around the others the kernel only tells failures, and then nothing else.
        const last = (request.flags & NLM_F_ACK) !== 0 || (at === 0 && failure !== undefined);
        if (last && failures[0] !== undefined) throw failures[0];
        if (last) return;
      }
    }
  }

  #exchange(
    type: number,
    flags: number,
    payload: Uint8Array,
    what: string,
  ): { messages: Message[]; interrupted: boolean } {
    this.#seq = (this.#seq % MAX_SEQ) + 1;
    const seq = this.#seq;
    this.#socket.send(encodeMessage({ type, flags, seq, payload }));
    const messages: Message[] = [];
    let interrupted = false;
    for (;;) {
      for (const message of splitMessages(this.#receive(what))) {
        if (message.seq !== seq) continue;
        if (message.flags & NLM_F_DUMP_INTR) interrupted = true;
        if (message.type === NLMSG_ERROR || message.type === NLMSG_DONE) {
          const failure = failureOf(message, what);
          if (failure !== undefined) throw failure;
          return { messages, interrupted };
        }
        messages.push(message);
      }
    }
  }

  #receive(what: string): Uint8Array {
    const datagram = this.#socket.receive(ANSWER_TIMEOUT);
    if (datagram !== undefined) return datagram;
    throw new KernelError('ETIMEDOUT', `${what}: the kernel gave no answer within ${ANSWER_TIMEOUT} ms`);
  }
}

function failureOf(message: Message, what: string): KernelError | undefined {
  const { errno, text } = decodeAck(message);
  if (errno === 0) return undefined;
  const known = errnoName(errno);
  return new KernelError(known.code, `${what}: ${text ?? known.text}`);
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

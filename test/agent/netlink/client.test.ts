// SPDX-License-Identifier: MIT
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { KernelError } from '../../../src/agent/kernel.ts';
import { Writer } from '../../../src/agent/netlink/bytes.ts';
import { NetlinkClient } from '../../../src/agent/netlink/client.ts';
import { encodeMessage, NLMSG_DONE, NLMSG_ERROR, splitMessages } from '../../../src/agent/netlink/message.ts';
import type { NetlinkSocket } from '../../../src/agent/ports.ts';

const DATA = 16;
const ACK_TEXT = 0x300;
const INTERRUPTED = 0x10;

/** A kernel that answers each request by a function of its sequence number. */
function client(answer: (seq: number, turn: number) => Uint8Array[]): {
  client: NetlinkClient;
  asked: number[];
} {
  const queue: Uint8Array[] = [];
  const asked: number[] = [];
  const socket: NetlinkSocket = {
    send(data) {
      const [message] = splitMessages(data);
      asked.push(message?.seq ?? 0);
      queue.push(...answer(message?.seq ?? 0, asked.length));
    },
    receive: () => queue.shift(),
    onReadable: () => undefined,
    join: () => undefined,
    close: () => undefined,
  };
  return { client: new NetlinkClient(socket), asked };
}

function status(type: number, seq: number, errno: number, text?: string, flags = 0): Uint8Array {
  const payload = new Writer().i32(-errno);
  if (type === NLMSG_ERROR) payload.zeros(16);
  if (text !== undefined) payload.attrString(1, text);
  return encodeMessage({
    type,
    flags: text === undefined ? flags : ACK_TEXT,
    seq,
    payload: payload.finish(),
  });
}

function data(seq: number, byte: number, flags = 2): Uint8Array {
  return encodeMessage({ type: DATA, flags, seq, payload: Uint8Array.of(byte, 0, 0, 0) });
}

function failure(run: () => unknown): KernelError {
  try {
    run();
  } catch (error) {
    if (error instanceof KernelError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const asking = suite('netlink requests');

asking('a dump gives what came in all its datagrams', () => {
  const { client: one } = client((seq) => [data(seq, 1), data(seq, 2), status(NLMSG_DONE, seq, 0)]);
  assert.equal(
    one.dump(18, new Uint8Array(4), 'list').map(({ payload }) => payload[0]),
    [1, 2],
  );
});

asking('answers to earlier questions are passed over', () => {
  const { client: one } = client((seq) => [
    data(seq - 1, 9),
    status(NLMSG_ERROR, seq - 1, 5),
    status(NLMSG_ERROR, seq, 0),
  ]);
  assert.equal(one.request(16, 0, new Uint8Array(4), 'change'), []);
});

asking('a refusal carries the code and the words of the kernel', () => {
  const { client: one } = client((seq) => [status(NLMSG_ERROR, seq, 22, 'leg must be a layer 3 device')]);
  const error = failure(() => one.request(16, 0, new Uint8Array(4), 'set master'));
  assert.is(error.code, 'EINVAL');
  assert.is(error.message, 'set master: leg must be a layer 3 device');
});

asking('a refusal without words has those of its number', () => {
  const { client: one } = client((seq) => [status(NLMSG_DONE, seq, 19)]);
  assert.is(failure(() => one.dump(18, new Uint8Array(4), 'list')).message, 'list: no such device');
});

asking('a dump that the kernel interrupted is asked for again, but not for ever', () => {
  const twice = client((seq, turn) => [
    data(seq, turn, turn === 1 ? INTERRUPTED : 2),
    status(NLMSG_DONE, seq, 0),
  ]);
  assert.equal(
    twice.client.dump(18, new Uint8Array(4), 'list').map(({ payload }) => payload[0]),
    [2],
  );
  const always = client((seq) => [data(seq, 1, INTERRUPTED), status(NLMSG_DONE, seq, 0)]);
  always.client.dump(18, new Uint8Array(4), 'list');
  assert.ok(always.asked.length < 10);
});

asking('a silent kernel is an error, not a wait without end', () => {
  const { client: one } = client(() => []);
  assert.is(failure(() => one.dump(18, new Uint8Array(4), 'list')).code, 'ETIMEDOUT');
});

const ACK = 4;
const parts = ['begin', 'table', 'rule', 'end'].map((what) => ({
  type: DATA,
  flags: what === 'rule' ? ACK : 0,
  payload: new Uint8Array(0),
  what,
}));

asking('a transaction is one datagram, and done when its last message is acknowledged', () => {
  const { client: asker, asked } = client((seq) => [status(NLMSG_ERROR, seq + 2, 0)]);
  asker.transaction(parts);
  assert.equal(asked, [1]);
});

asking('of a failed transaction the first failure is told, whatever comes after it', () => {
  const { client: asker } = client((seq) => [
    status(NLMSG_ERROR, seq + 1, 16, 'in use'),
    status(NLMSG_ERROR, seq + 2, 2),
  ]);
  const error = failure(() => asker.transaction(parts));
  assert.is(error.code, 'EBUSY');
  assert.is(error.message, 'table: in use');
});

asking('a transaction that is refused as a whole does not wait for its parts', () => {
  const { client: asker } = client((seq) => [status(NLMSG_ERROR, seq, 1)]);
  assert.is(failure(() => asker.transaction(parts)).code, 'EPERM');
});

asking('a transaction without an answer ends in an error', () => {
  const { client: asker } = client(() => []);
  assert.is(failure(() => asker.transaction(parts)).code, 'ETIMEDOUT');
});

asking.run();

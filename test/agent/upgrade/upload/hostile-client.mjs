// SPDX-License-Identifier: MIT
/**
 * A client that means no good, or has a bad line. Run in the LAN of the board; prints what came of it as JSON.
 *
 *   cuts   URL TOKEN FILE SHA256 COUNT SEED   breaks off at any byte, again and again, each time behind what is there
 *   slow   URL COUNT                          holds connections on which a byte comes now and then, until all were closed
 *   noise  URL TOKEN COUNT SEED               requests with bytes changed, cut, added
 */
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [mode, address = '', ...args] = process.argv.slice(2);
const url = new URL(address);
/** Path of requests. */
const { pathname: target } = url;
const DEADLINE = 20_000;
/** Many requests of noise lack an end, for which the server would wait longer. */
const NOISE_DEADLINE = 300;

const done = { cuts, slow, noise }[mode];
if (done === undefined) throw new Error(`no mode ${mode}`);
console.log(JSON.stringify(await done(...args)));

/** Sends, and resolves with what came back until the end; `cutAfter` bytes the connection is broken. */
function talk(bytes, cutAfter, deadline = DEADLINE) {
  return new Promise((resolve) => {
    let got = '';
    const socket = connect(Number(url.port), url.hostname);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(got);
    };
    const timer = setTimeout(end, deadline);
    socket.setEncoding('latin1');
    socket.on('data', (text) => {
      got += text;
    });
    socket.on('error', end);
    socket.on('close', end);
    socket.on('connect', () => {
      if (cutAfter === undefined) socket.write(bytes);
      // Reset or closed in order: both happen.
      else
        socket.write(bytes.subarray(0, cutAfter), () =>
          cutAfter % 2 ? socket.resetAndDestroy() : socket.destroy(),
        );
    });
  });
}

function request(line, token, more = []) {
  return Buffer.from(
    `${[line, `Host: ${url.host}`, `Authorization: Bearer ${token}`, ...more].join('\r\n')}\r\n\r\n`,
  );
}

async function offset(token, sha256) {
  const answer = await talk(request(`HEAD ${target}/${sha256} HTTP/1.1`, token));
  const value = /^Upload-Offset: (\d+)\r$/m.exec(answer)?.[1];
  if (value === undefined) throw new Error(`no offset: ${answer}`);
  return Number(value);
}

async function cuts(token, file, sha256, count, seed) {
  const bytes = readFileSync(file);
  const random = randomFrom(Number(seed));
  const offsets = [];
  for (let round = 0; round < Number(count); round++) {
    const first = await offset(token, sha256);
    offsets.push(first);
    const head = request(`PUT ${target}/${sha256} HTTP/1.1`, token, [
      `Content-Range: bytes ${first}-${bytes.length - 1}/${bytes.length}`,
      `Content-Length: ${bytes.length - first}`,
    ]);
    const all = Buffer.concat([head, bytes.subarray(first)]);
    // Never the whole of it; often within the head.
    const most = random() < 0.3 ? head.length : Math.min(all.length - 1, head.length + bytes.length / 10);
    await talk(all, 1 + Math.floor(random() * most));
    await quiet(token, first, sha256);
  }
  return { offsets };
}

/** Waits until the server has seen the cut: it takes no second upload before. */
async function quiet(token, first, sha256) {
  const end = Date.now() + DEADLINE;
  for (let before = -1; Date.now() < end; ) {
    const now = await offset(token, sha256);
    if (now === before && now >= first) return;
    before = now;
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
  throw new Error('the offset never settles');
}

async function slow(count) {
  const began = Date.now();
  const held = Array.from({ length: Number(count) }, () => {
    const socket = connect(Number(url.port), url.hostname);
    socket.on('error', () => undefined);
    socket.resume();
    const head = `PUT ${target}/${'0'.repeat(64)} HTTP/1.1\r\n`;
    let at = 0;
    const timer = setInterval(() => socket.write(head[at++ % head.length]), 200);
    return new Promise((resolve) =>
      socket.on('close', () => {
        clearInterval(timer);
        resolve(Date.now() - began);
      }),
    );
  });
  return { longest: Math.max(...(await Promise.all(held))) };
}

async function noise(token, count, seed) {
  const random = randomFrom(Number(seed));
  const pick = (most) => Math.floor(random() * most);
  const statuses = {};
  for (let round = 0; round < Number(count); round++) {
    const lines = [
      'Content-Length: 5',
      'Content-Range: bytes 0-4/5',
      'Expect: 100-continue',
      'Transfer-Encoding: x',
      ' ',
    ];
    const more = Array.from({ length: pick(5) }, () => lines[pick(lines.length)] ?? '');
    const verb = ['GET', 'HEAD', 'PUT', 'POST', '\0'][pick(5)];
    const path = [target, `${target}/${'0'.repeat(64)}`, '/', '/../..'][pick(4)];
    const bytes = Buffer.concat([
      request(`${verb} ${path} HTTP/1.1`, token, more),
      Buffer.alloc(pick(3) === 0 ? pick(100_000) : 0, pick(256)),
    ]);
    // A changed byte may change the token, of which there are few tries.
    const from = bytes.indexOf('Bearer');
    for (let change = pick(3); change > 0; change--) {
      const at = pick(bytes.length);
      if (at < from - 20 || at > from + 40) bytes[at] = pick(256);
    }
    const cut = pick(4) === 0 ? 1 + pick(bytes.length) : undefined;
    const status =
      /^(?:HTTP\/1\.1 100 Continue\r\n\r\n)?HTTP\/1\.1 (\d+)/.exec(
        await talk(bytes, cut, NOISE_DEADLINE),
      )?.[1] ?? 'none';
    statuses[status] = (statuses[status] ?? 0) + 1;
  }
  return { statuses };
}

/** mulberry32: the same numbers for the same seed. */
function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}

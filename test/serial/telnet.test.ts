// SPDX-License-Identifier: MIT
/** TELNET's bytes, alone and against Debian's ser2net: every byte passes, and the speed arrives at the port. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { SerialPort } from 'serialport';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { openLine } from '../../src/serial/open-line.ts';
import {
  COMMAND,
  encodeData,
  encodeOption,
  encodeSubnegotiation,
  IAC,
  OPTION,
  TelnetDecoder,
  type TelnetEvent,
} from '../../src/serial/telnet.ts';
import { pair } from './pty.ts';
import { serve } from './ser2net.ts';

const codec = suite('TelnetDecoder');
const anyBytes = fc.uint8Array({ maxLength: 200 });

/** Events with neighbouring data put together, whatever pieces it came in. */
function decoded(decoder: TelnetDecoder, pieces: readonly Uint8Array[]): unknown[] {
  const events: (Exclude<TelnetEvent, { kind: 'data' }> | { kind: 'data'; bytes: number[] })[] = [];
  for (const event of pieces.flatMap((piece) => decoder.decode(piece))) {
    const last = events.at(-1);
    if (event.kind !== 'data') events.push(event);
    else if (last?.kind === 'data') last.bytes.push(...event.bytes);
    else events.push({ kind: 'data', bytes: [...event.bytes] });
  }
  return events.map((event) => ('bytes' in event ? { ...event, bytes: [...event.bytes] } : event));
}

function inPieces(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  let at = 0;
  for (const size of sizes) {
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...pieces, bytes.subarray(at)];
}

codec('reads back what was put together, in any pieces and both modes', () => {
  const sizes = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 30 });
  fc.assert(
    fc.property(anyBytes, anyBytes, fc.boolean(), sizes, (data, sub, binary, cut) => {
      // Outside of binary mode a CR and a NUL behind it are one CR.
      const sent = binary ? data : data.map((byte) => (byte === 0 ? 1 : byte));
      const wire = Uint8Array.from([
        ...encodeData(sent, binary),
        ...encodeOption(COMMAND.WILL, OPTION.COM_PORT),
        ...encodeSubnegotiation(OPTION.COM_PORT, [...sub]),
      ]);
      const decoder = new TelnetDecoder();
      decoder.binary = binary;
      assert.equal(decoded(decoder, inPieces(wire, cut)), [
        ...(sent.length > 0 ? [{ kind: 'data', bytes: [...sent] }] : []),
        { kind: 'option', command: COMMAND.WILL, option: OPTION.COM_PORT },
        { kind: 'subnegotiation', option: OPTION.COM_PORT, bytes: [...sub] },
      ]);
    }),
    { numRuns: 300 },
  );
});

codec('has the bytes of RFC 2217 for 115200', () => {
  const bytes = encodeSubnegotiation(OPTION.COM_PORT, [1, 0, 1, 0xc2, 0]);
  assert.equal([...bytes], [255, 250, 44, 1, 0, 1, 0xc2, 0, 255, 240]);
  const odd = encodeSubnegotiation(OPTION.COM_PORT, [1, 0xff]);
  assert.equal([...odd], [255, 250, 44, 1, 255, 255, 255, 240]);
});

codec('takes anything, and keeps no more than one subnegotiation of it', () => {
  const hostile = fc.array(fc.constantFrom(IAC, COMMAND.SB, COMMAND.SE, COMMAND.DO, 0, 13, 44, 65), {
    maxLength: 400,
  });
  fc.assert(
    fc.property(hostile, (bytes) => {
      for (const event of new TelnetDecoder().decode(Uint8Array.from(bytes)))
        if (event.kind === 'subnegotiation') assert.ok(event.bytes.length <= 256);
    }),
    { numRuns: 300 },
  );
  const endless = new TelnetDecoder();
  endless.decode(Uint8Array.from([IAC, COMMAND.SB, 44]));
  for (let block = 0; block < 100; block++) endless.decode(new Uint8Array(1000).fill(7));
  const [event] = endless.decode(Uint8Array.from([IAC, COMMAND.SE]));
  assert.ok(event?.kind === 'subnegotiation' && event.bytes.length < 256);
});

codec.run();

const server = suite('telnet:// against ser2net');

server('sets the speed of the port, and passes each of the 256 bytes both ways', async () => {
  const wire = await pair();
  const ser2net = await serve(wire.path, wire.folder, 'telnet');
  const line = await openLine(`telnet://127.0.0.1:${ser2net.port}`, 38400);
  const far = new SerialPort({ path: wire.far, baudRate: 115200, lock: false, autoOpen: false });
  try {
    const heard: number[] = [];
    line.listen({ data: (bytes) => heard.push(...bytes), end: () => {} });
    assert.is(speedOf(wire.path), 38400);
    assert.is(await line.setSpeed(115200), true);
    assert.is(speedOf(wire.path), 115200);

    // Opening a port throws away what came to it before.
    await new Promise<void>((resolve, reject) => far.open((error) => (error ? reject(error) : resolve())));
    const arrived: number[] = [];
    far.on('data', (bytes: Buffer) => arrived.push(...bytes));
    const all = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    await line.write(all);
    far.write(Buffer.from(all));
    await until(() => arrived.length >= 256 && heard.length >= 256);
    assert.equal(arrived, [...all]);
    assert.equal(heard, [...all]);
  } finally {
    await line.close();
    if (far.isOpen) await new Promise((resolve) => far.close(resolve));
    await ser2net.stop();
    await wire.remove();
  }
});

server.run();

function speedOf(path: string): number {
  return Number(execFileSync('stty', ['-F', path, 'speed'], { encoding: 'utf8' }));
}

async function until(good: () => boolean): Promise<void> {
  const end = Date.now() + 10_000;
  while (!good()) {
    if (Date.now() > end) throw new Error('not within 10 s');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

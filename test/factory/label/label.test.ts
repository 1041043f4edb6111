// SPDX-License-Identifier: MIT

import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import * as fc from 'fast-check';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { checkedLabel, type Label, symbolText } from '../../../src/factory/label/label.ts';
import { layoutOf, type Medium } from '../../../src/factory/label/layout.ts';
import { pngLabel, svgLabel } from '../../../src/factory/label/preview.ts';
import { parsePrinter, print } from '../../../src/factory/label/printer.ts';
import { zplOf } from '../../../src/factory/label/zpl.ts';
import { failure } from '../../support/failure.ts';
import { decoded, printed } from './decoder.ts';

const full: Label = {
  board: 'alix',
  identity: {
    serial: '2D13-004711',
    macs: ['00:0d:b9:12:34:56', '00:0d:b9:12:34:57', '00:0d:b9:12:34:58'],
    revision: '2d13',
  },
  code: 'K7WX-93QP',
  fingerprint: '5f0c91d2aa'.repeat(7).slice(0, 64),
};
const short: Label = { board: 'apu', identity: { serial: '1', macs: ['00:0d:b9:12:34:56'] } };
const medium: Medium = { width: 60, height: 30, dots: 8 };

const labels = suite('a label');

for (const [title, label] of [
  ['with all there is', full],
  ['with the least', short],
] as const)
  for (const dots of [8, 12])
    labels(
      `${title} says the same as PNG and as ZPL to other people's programs, at ${dots} dots a millimetre`,
      async () => {
        const at = { ...medium, dots };
        const layout = layoutOf(label, at);
        assert.equal(await decoded(await pngLabel(svgLabel(layout, at), layout)), [symbolText(label)]);
        const drawn = await printed(zplOf(layout), at.width, at.height, dots);
        assert.is(drawn.length, 1);
        assert.equal(await decoded(drawn[0] ?? new Uint8Array()), [symbolText(label)]);
      },
    );

labels('has serial number, MAC addresses, code and fingerprint as text, inside of its edges', () => {
  const layout = layoutOf(full, medium);
  const said = layout.lines.map(({ text }) => text).join(' ');
  for (const text of ['alix 2d13', 'SN 2D13-004711', ...full.identity.macs, 'code K7WX-93QP'])
    assert.match(said, text);
  assert.match(said.replaceAll(' ', ''), full.fingerprint ?? '');
  for (const { x, y, height, text } of layout.lines) {
    assert.ok(x + text.length * height * 0.62 <= layout.width, text);
    assert.ok(y + height <= layout.height, text);
  }
  const { x, y, module, modules } = layout.symbol;
  assert.ok(Math.max(x, y) + module * modules.length <= layout.height);
  assert.ok(layout.lines.every((line) => line.x >= x + module * modules.length));
});

labels('has the same bytes again', async () => {
  const layout = layoutOf(full, medium);
  const svg = svgLabel(layout, medium);
  assert.equal(await pngLabel(svg, layout), await pngLabel(svg, layout));
  assert.is(svgLabel(layoutOf(full, medium), medium), svg);
});

labels('is refused when it is too small for what is on it', () => {
  assert.throws(
    () => layoutOf(full, { ...medium, height: 12 }),
    /12 mm has no room for a symbol of \d+ modules/,
  );
  assert.throws(() => layoutOf(full, { ...medium, width: 36 }), /has no room for \d+ lines/);
});

labels('takes no code and no fingerprint that is not one', () => {
  for (const code of ['abc', 'a b c d', '^XA^XZ', 'x'.repeat(33), 'a;FP=b', ''])
    assert.throws(() => checkedLabel({ ...short, code }), /--code is .* it must be 4 to 32 letters/);
  for (const fingerprint of ['short', `${'a'.repeat(20)}~`, 'a'.repeat(129)])
    assert.throws(() => checkedLabel({ ...short, fingerprint }), /--fingerprint is /);
  assert.is(checkedLabel(full), full);
});

labels.run();

const zpl = suite('zplOf');

/** Commands of a text of ZPL, as a printer finds them: each ^ or ~ begins one, wherever it stands. */
const commands = (text: string) => [...text.matchAll(/[\^~].{0,2}/g)].map(([command]) => command);

zpl('has the same commands whatever the texts are', () => {
  const letter = fc.oneof(
    fc.constantFrom('^', '~', '_', 'X', 'A', 'Z', 'F', 'S', '\\', '\n'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const expected = commands(zplOf(layoutOf(short, medium)));
  fc.assert(
    fc.property(fc.string({ unit: letter, minLength: 1, maxLength: 20 }), (revision) => {
      // Nobody has looked at this one.
      const layout = layoutOf(
        { ...short, identity: { ...short.identity, revision } },
        { ...medium, width: 200 },
      );
      assert.equal(commands(zplOf(layout)), expected);
    }),
    { numRuns: 30 },
  );
});

zpl('prints letters that could be commands as what they are', () => {
  const evil = '^XZ^XA~JR_5E\\&';
  const layout = layoutOf({ ...short, identity: { ...short.identity, revision: evil } }, medium);
  const text = zplOf(layout, 3);
  assert.match(text, '^FH_^FDapu _5EXZ_5EXA_7EJR_5F5E_5C_26^FS');
  assert.match(text, '^PQ3');
  assert.is(text.split('^XA').length, 2);
});

zpl('is drawn as one label by a printer of other people, whatever is on it', async () => {
  const layout = layoutOf(
    { ...short, identity: { ...short.identity, revision: '^XZ^XA^FO0,0^GB400,400,400^FS' } },
    { ...medium, width: 90 },
  );
  const drawn = await printed(zplOf(layout), 90, 30, 8);
  assert.is(drawn.length, 1);
  assert.equal(await decoded(drawn[0] ?? new Uint8Array()), [symbolText(short)]);
});

zpl.run();

const printers = suite('print');

/** A printer that does with a connection what `take` says, and the text that it got. */
async function fakePrinter(
  take: (socket: Socket) => void,
): Promise<{ port: number; got: () => string; stop: () => void }> {
  let got = '';
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      got += bytes;
    });
    take(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const stop = () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  };
  return { port, got: () => got, stop };
}

printers('sends all of it over the network, whether the printer closes or not', async () => {
  const text = zplOf(layoutOf(full, { ...medium, dots: 24 }));
  for (const take of [(socket: Socket) => socket.on('end', () => socket.end()), () => {}]) {
    const { port, got, stop } = await fakePrinter(take);
    try {
      await print(parsePrinter(`127.0.0.1:${port}`), text);
      assert.is(got(), text);
    } finally {
      stop();
    }
  }
});

printers('says which printer is not there, or takes nothing', async () => {
  const { port, stop } = await fakePrinter((socket) => socket.pause());
  try {
    const printer = parsePrinter(`127.0.0.1:${port}`);
    const much = 'x'.repeat(50_000_000);
    assert.match((await failure(print(printer, much, 300))).message, /did not take the label within 0\.3 s/);
  } finally {
    stop();
  }
  const gone = parsePrinter(`127.0.0.1:${port}`);
  assert.match(
    (await failure(print(gone, 'x'))).message,
    `the printer 127.0.0.1 port ${port}: connect ECONNREFUSED`,
  );
});

printers('writes to a device file and to no other', async () => {
  await print(parsePrinter('/dev/null'), 'x');
  assert.match((await failure(print(parsePrinter('/dev/full'), 'x'))).message, /ENOSPC/);
  assert.match((await failure(print(parsePrinter('/etc/passwd'), 'x'))).message, /is not a device file/);
  assert.match((await failure(print(parsePrinter('/dev/usb/lp99'), 'x'))).message, /is the printer on\?/);
});

printers('is named by a device file or a host', () => {
  assert.equal(parsePrinter('zebra.example'), { kind: 'network', host: 'zebra.example', port: 9100 });
  assert.equal(parsePrinter('[2001:db8::7]:9101'), { kind: 'network', host: '2001:db8::7', port: 9101 });
  assert.equal(parsePrinter('/dev/usb/lp0'), { kind: 'device', path: '/dev/usb/lp0' });
  for (const text of ['', 'a b', 'host:0', 'host:70000', 'http://host', '[::1'])
    assert.throws(() => parsePrinter(text), /--print is /);
});

printers.run();

// SPDX-License-Identifier: MIT
/** Where a label is printed: a printer in the network, which takes ZPL at TCP port 9100, or one at USB, which is a device file. */
import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { BuildError, UsageError } from '../../image/errors.ts';

export type Printer =
  | { readonly kind: 'network'; readonly host: string; readonly port: number }
  | { readonly kind: 'device'; readonly path: string };

const RAW_PORT = 9100;

/** Milliseconds that a printer may take to accept a label; one without paper takes none. */
export const PRINTER_PATIENCE = 15_000;

/** Milliseconds for which its closing is waited for. */
const CLOSING = 1000;

/** `/dev/usb/lp0`, `printer.example`, `192.0.2.7:9101`, `[2001:db8::7]:9100`. @throws UsageError */
export function parsePrinter(text: string): Printer {
  if (text.startsWith('/')) return { kind: 'device', path: text };
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([0-9A-Za-z._-]+))(?::(\d{1,5}))?$/.exec(text);
  const host = found?.[1] ?? found?.[2];
  const port = found?.[3] === undefined ? RAW_PORT : Number(found[3]);
  if (host === undefined || port < 1 || port > 65_535)
    throw new UsageError(
      `--print is '${text}'; it must be a device file as /dev/usb/lp0, or a host with or without port, as 192.0.2.7:9100`,
    );
  return { kind: 'network', host, port };
}

/** Returns when all of it is handed over. @throws BuildError, UsageError */
export function print(printer: Printer, zpl: string, patience = PRINTER_PATIENCE): Promise<void> {
  return printer.kind === 'network'
    ? toNetwork(printer, zpl, patience)
    : toDevice(printer.path, zpl, patience);
}

function toNetwork(
  { host, port }: { host: string; port: number },
  zpl: string,
  patience: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port });
    const fail = (why: string) => {
      clearTimeout(timer);
      socket.destroy();
      reject(new BuildError(`the printer ${host} port ${port}: ${why}`));
    };
    const done = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    let timer = setTimeout(() => fail(`it did not take the label within ${patience / 1000} s`), patience);
    socket.on('error', ({ message }) => fail(message));
    socket.on('connect', () => socket.end(zpl));
    // All is sent. Some printers close then, which says that they have it, and some never do.
    socket.on('finish', () => {
      clearTimeout(timer);
      timer = setTimeout(done, CLOSING);
    });
    // What a printer answers is not asked for; without a reader the end would not be seen.
    socket.resume();
    socket.on('end', done);
  });
}

async function toDevice(path: string, zpl: string, patience: number): Promise<void> {
  const there = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw new UsageError(`--print: there is no ${path}; is the printer on?`);
    throw error;
  });
  // A label in a file of that name would be lost and seem to be printed.
  if (!there.isCharacterDevice()) throw new UsageError(`--print: ${path} is not a device file`);
  // A write that waits for paper could not be given up.
  const device = await open(path, constants.O_WRONLY | constants.O_NONBLOCK);
  try {
    const until = performance.now() + patience;
    let rest = Buffer.from(zpl);
    while (rest.length > 0) {
      const { bytesWritten } = await device.write(rest).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'EAGAIN') return { bytesWritten: 0 };
        throw error;
      });
      rest = rest.subarray(bytesWritten);
      if (bytesWritten > 0) continue;
      if (performance.now() > until)
        throw new BuildError(
          `the printer ${path} did not take the label within ${patience / 1000} s: has it paper?`,
        );
      await sleep(20);
    }
  } finally {
    await device.close();
  }
}

// SPDX-License-Identifier: MIT
/** Starts boards without a card over the network of a bench, until it is told to stop. Nothing is left behind. */

import { rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import type { SourceImage } from '../../flash/source-image.ts';
import type { CpioEntry } from '../../image/cpio.ts';
import { BuildError, UsageError } from '../../image/errors.ts';
import { type Bench, hasLink, whenLink } from './bench-interface.ts';
import { bootFolder } from './boot-files.ts';
import { cardServer } from './card-server.ts';
import { otherDhcpServer } from './dhcp-probe.ts';
import { startDnsmasq } from './dnsmasq.ts';

export interface ServeOptions {
  readonly bench: Bench;
  /** By TFTP. */
  readonly boot: readonly CpioEntry[];
  /** What goes on cards. */
  readonly image: SourceImage;
  readonly say: (text: string) => void;
  /** It answers from now on. */
  readonly serving: () => void;
  readonly signal: AbortSignal;
}

/** Ends by an error only. @throws UsageError when another server answers on the bench; BuildError when it cannot be served; AbortError */
export async function serveBoards({
  bench,
  boot,
  image,
  say,
  serving,
  signal,
}: ServeOptions): Promise<never> {
  if (!hasLink(bench.name)) say(`${bench.name}: no link yet; switch a board on, or put the cable in.`);
  await whenLink(bench, true, signal);
  await mustBeAlone(bench, signal);
  const folder = await bootFolder(boot);
  const done = new AbortController();
  let cards: Server | undefined;
  try {
    cards = await cardServer(image, bench.address, say);
    const dnsmasq = await startDnsmasq(bench, folder, say);
    try {
      serving();
      const watched = staysAlone(bench, AbortSignal.any([signal, done.signal]));
      watched.catch(() => {});
      const ended = await Promise.race([dnsmasq.ended, watched]);
      throw new BuildError(`dnsmasq: ${ended}`);
    } finally {
      done.abort();
      await dnsmasq.stop();
    }
  } finally {
    cards?.close();
    cards?.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  }
}

async function mustBeAlone(bench: Bench, signal: AbortSignal): Promise<void> {
  const other = await otherDhcpServer(bench, signal);
  if (other !== undefined)
    throw new UsageError(
      `${bench.name}: a DHCP server answers there already, ${other}. Boards would be told two things, and others on that network be started ` +
        'anew: take that server off the bench, or name another interface',
    );
}

/** Each time that there is a link anew, it may lead elsewhere. Ends by an error only, which the signal is, too. */
async function staysAlone(bench: Bench, signal: AbortSignal): Promise<never> {
  for (;;) {
    await whenLink(bench, false, signal);
    await whenLink(bench, true, signal);
    await mustBeAlone(bench, signal);
  }
}

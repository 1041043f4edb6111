// SPDX-License-Identifier: MIT
/** What setup knows of the board before it asks. */
import type { Heard, PortFacts, SetupFacts } from '../../appliance/setup/answers.ts';
import { portsOf, readBoard } from '../board.ts';
import { ask, type Context, FailureError } from '../commands/context.ts';
import { IFF_RUNNING, IFF_UP } from '../netlink/rtnl/link.ts';
import type { Status } from '../status.ts';

/** The configuration in use is what setup starts from; safe defaults are none. Refuses while another apply is pending. */
export function readFacts(context: Context): SetupFacts {
  const status = ask(context, 'status', {});
  mustBeIdle(status);
  const base =
    status.config.source === 'confirmed' ? ask(context, 'show', { what: 'config' }).text : undefined;
  return { ports: readPorts(context), ...(base === undefined ? {} : { base }) };
}

function mustBeIdle({ pending }: Status): void {
  if (pending === undefined) return;
  const message = `an apply waits for "plaitctl confirm" (${pending.secondsLeft} s); confirm or revert it, then start again`;
  throw new FailureError({ code: 'failed', message });
}

/** The board's ports, each set up so that its link can be seen. */
export function readPorts(context: Context, heard: ReadonlyMap<string, Heard[]> = new Map()): PortFacts[] {
  const { files } = context.ports;
  const kernel = context.kernel();
  const names = portsOf(readBoard(files), kernel);
  for (const { name, index, flags } of kernel.links()) {
    if (names.includes(name) && (flags & IFF_UP) === 0) kernel.changeLink({ index, up: true });
  }
  const links = new Map(kernel.links().map((link) => [link.name, link]));
  return names.map((name) => {
    const mac = files.read(`/sys/class/net/${name}/address`)?.trim();
    const carrier = ((links.get(name)?.flags ?? 0) & IFF_RUNNING) !== 0;
    return { name, carrier, heard: heard.get(name) ?? [], ...(mac === undefined ? {} : { mac }) };
  });
}

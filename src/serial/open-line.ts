// SPDX-License-Identifier: MIT
/** What a person names as a port: a device of this machine, or a console server on the network. */
import { ConsoleError } from './errors.ts';
import type { Line } from './line.ts';
import { openLocalPort } from './local-port.ts';
import { openTcpLine } from './tcp-line.ts';
import { openTelnetLine } from './telnet-line.ts';

/** @throws ConsoleError when it cannot be opened, or the name is none */
export function openLine(name: string, baud: number): Promise<Line> {
  const url = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/i.exec(name);
  if (url === null) return openLocalPort(name, baud);
  const [, scheme = '', place = ''] = url;
  const found = /^(?:\[([0-9a-f:.%]+)\]|([^:/[\]@]+)):(\d{1,5})\/?$/i.exec(place);
  const address = { host: found?.[1] ?? found?.[2] ?? '', port: Number(found?.[3]) };
  if (scheme.toLowerCase() !== 'tcp' && scheme.toLowerCase() !== 'telnet')
    throw new ConsoleError(
      `${name} cannot be opened: ${scheme}:// is not known, write tcp://HOST:PORT or telnet://HOST:PORT.`,
    );
  if (found === null || address.port < 1 || address.port > 65_535)
    throw new ConsoleError(
      `${name} cannot be opened: write ${scheme}://HOST:PORT with a port from 1 to 65535.`,
    );
  return scheme.toLowerCase() === 'tcp' ? openTcpLine(address, name) : openTelnetLine(address, name, baud);
}

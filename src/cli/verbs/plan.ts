// SPDX-License-Identifier: MIT
/** `plait plan`: what a configuration means to a board's network, told on this machine. */
import { Argument, Command, InvalidArgumentError } from 'commander';
import { parseIp, parsePrefix } from '../../appliance/ipv4.ts';
import { plan } from '../../appliance/plan.ts';
import type { Facts, Lease } from '../../appliance/plan-types.ts';
import { renderItem, renderPlan } from '../../appliance/render-plan.ts';
import type { Config } from '../../appliance/schema.ts';
import { BuildError, UsageError } from '../../image/errors.ts';
import { checkedConfiguration, namedPorts, readConfiguration } from '../configuration.ts';
import { jsonOption } from '../options.ts';

interface PlanOptions {
  readonly lease: Readonly<Record<string, Lease>>;
  readonly dead: readonly string[];
  readonly json: boolean;
}

export function command(): Command {
  return new Command('plan')
    .summary('show what a plait.yaml means to the network of a board')
    .description(
      'Shows the devices, addresses, routes, rules and services that a plait.yaml means on a board.',
    )
    .addArgument(new Argument('<file>', 'the configuration; - is the standard input'))
    .option(
      '--lease <uplink=address>',
      'what DHCP gave an uplink, as in dsl=192.0.2.5/24,192.0.2.1; repeatable',
      lease,
      {},
    )
    .option('--dead <uplink>', 'an uplink that counts as dead; repeatable', repeated, [])
    .addOption(jsonOption())
    .addHelpText('after', '\nAn uplink with `address: dhcp` has no address without --lease.')
    .action(show);
}

async function show(file: string, options: PlanOptions): Promise<void> {
  const config = checkedConfiguration(await readConfiguration(file));
  if (config === undefined) throw new BuildError(`${file} is wrong; there is no plan of it`);
  mustBeUplinks(config, '--lease', Object.keys(options.lease));
  mustBeUplinks(config, '--dead', options.dead);
  const facts: Facts = {
    ports: namedPorts(config),
    leases: { ...options.lease },
    deadUplinks: [...options.dead],
    deadLegs: {},
  };
  const planned = plan(config, facts);
  // As text even there: it leaves out secrets.
  if (options.json) console.log(JSON.stringify({ items: planned.items.map(renderItem) }, null, 2));
  else process.stdout.write(renderPlan(planned));
}

function mustBeUplinks({ uplinks }: Config, option: string, names: readonly string[]): void {
  const known = Object.keys(uplinks);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw new UsageError(`${option}: there is no uplink ${unknown}; uplinks: ${known.join(', ')}`);
}

function lease(text: string, earlier: Readonly<Record<string, Lease>>): Record<string, Lease> {
  const [, uplink = '', address = '', gateway] = /^([\w-]+)=([\d./]+)(?:,([\d.]+))?$/.exec(text) ?? [];
  const wrong = !parsePrefix(address) || (gateway !== undefined && parseIp(gateway) === undefined);
  if (wrong)
    throw new InvalidArgumentError('It must be like dsl=192.0.2.5/24 or dsl=192.0.2.5/24,192.0.2.1.');
  const found: Lease = { address, ...(gateway === undefined ? {} : { gateway }), dns: [], seconds: 3600 };
  return { ...earlier, [uplink]: found };
}

function repeated(text: string, earlier: readonly string[]): string[] {
  return [...earlier, text];
}

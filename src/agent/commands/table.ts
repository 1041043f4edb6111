// SPDX-License-Identifier: MIT
/** Every command of plaitctl: how it is called, what its help says, what runs it. */
import { CONFIG } from '../paths.ts';
import { applyCommand, checkCommand, confirmCommand, planCommand, revertCommand } from './configuration.ts';
import type { Context } from './context.ts';
import { factoryCommand } from './factory.ts';
import { keyCommand } from './key.ts';
import { showCommand, statusCommand } from './looking.ts';
import { portsCommand, rebootCommand, versionCommand } from './machine.ts';
import { clockCommand, growCommand, leaseCommand } from './scripts.ts';
import { setupCommand } from './setup.ts';
import { slotsCommand } from './slots.ts';
import { upgradeCommand } from './upgrade.ts';

export interface Command {
  /** Words after `plaitctl`. */
  usage: string;
  /** A phrase for the list of commands. */
  summary: string;
  /** Sentences for the command's own help. */
  details?: string;
  /** Most words after the command's name. */
  words: number;
  /** What follows `--`: with the name of its value, or none for a switch; and what it does. */
  options?: Readonly<Record<string, { value?: string; help: string }>>;
  /** Called by the board's scripts, and not shown to people. */
  internal?: true;
  run(context: Context): Promise<number> | number;
}

const FILE = `FILE is ${CONFIG} unless named; - is the standard input.`;

export const COMMANDS: Readonly<Record<string, Command>> = {
  setup: {
    usage: 'setup [--all] [--anew | --answers FILE]',
    summary: 'set the board up by questions, or by a file of answers',
    details: [
      'Applies, looks at each uplink, and goes back unless it is kept.',
      'What is not asked for stays as it is. FILE has lines such as',
      '"uplink.1.port: eth1.5", with the names that the questions show;',
      '- is the standard input.',
    ].join('\n'),
    words: 0,
    options: {
      anew: { help: 'forget the answers of a setup that was left' },
      all: { help: 'ask also for rates of uplinks and an SSH key' },
      answers: {
        value: 'FILE',
        help: 'take the answers from a file; what is left out is as Enter',
      },
      keep: { help: 'with --answers: keep it although an uplink fails its checks' },
      print: { help: 'with --answers: print the plait.yaml and change nothing' },
      offer: { help: 'ask whether to begin, only on a board never set up' },
    },
    run: setupCommand,
  },
  status: {
    usage: 'status [TUNNEL]',
    summary: 'show uplinks, tunnels and their health',
    details: 'With TUNNEL: all that is known of this one.',
    words: 1,
    run: statusCommand,
  },
  ports: {
    usage: 'ports',
    summary: "show the board's Ethernet ports: MAC address, link, speed",
    details: 'Names are those that plait.yaml uses. Works without plaitd.',
    words: 0,
    run: portsCommand,
  },
  show: {
    usage: 'show [config|plan|uplinks|tunnels|firewall]',
    summary: 'show the configuration, what it means, figures, or the firewall',
    details: [
      'config: the text in use. plan: the network state that it means.',
      'uplinks, tunnels: all figures of them.',
      'firewall: the rules that the kernel has, as nft writes them.',
    ].join('\n'),
    words: 1,
    run: showCommand,
  },
  key: {
    usage: 'key new NAME | key show [NAME] | key import FILE [NAME]',
    summary: 'make, show or import keys of tunnels of mode plait',
    details: [
      'Secret keys are files below /data/keys, and are never printed.',
      'new: a key NAME of this box; prints the public key, which the far end',
      '  writes as "peer", and its fingerprint.',
      'show: all keys and far ends, or one, or any public key. Compare',
      '  fingerprints by telephone: six groups of four digits, of the',
      '  SHA-256 of the text of the key.',
      'import: takes the key in FILE (44 characters, as of "wg genkey"); - is',
      '  the standard input.',
    ].join('\n'),
    words: 3,
    options: {
      preshared: { help: 'new, import: a key that both ends have, a file NAME.preshared' },
      replace: { help: 'new, import: in place of the one that is there' },
    },
    run: keyCommand,
  },
  check: {
    usage: 'check [FILE]',
    summary: 'tell everything that is wrong with a configuration',
    details: `Changes nothing. ${FILE}`,
    words: 1,
    run: checkCommand,
  },
  plan: {
    usage: 'plan [FILE]',
    summary: 'tell what applying a configuration would change',
    details: `Changes nothing. ${FILE}`,
    words: 1,
    run: planCommand,
  },
  apply: {
    usage: 'apply [--confirm-within TIME] [FILE]',
    summary: 'apply a configuration; it goes back unless confirmed in time',
    details: `All or nothing. ${FILE}`,
    words: 1,
    options: {
      'confirm-within': { value: 'TIME', help: 'time for "plaitctl confirm", 5s to 24h (default: 60s)' },
    },
    run: applyCommand,
  },
  confirm: {
    usage: 'confirm',
    summary: 'keep what was applied, also for the next start',
    words: 0,
    run: confirmCommand,
  },
  revert: {
    usage: 'revert',
    summary: 'go back at once to what was confirmed',
    words: 0,
    run: revertCommand,
  },
  reboot: {
    usage: 'reboot [--unconfirmed]',
    summary: 'restart the board',
    details: [
      'Refused while an apply waits for "plaitctl confirm": a restart reverts it.',
      'And while an upgrade is under way: a restart ends it, and its slot is empty.',
    ].join('\n'),
    words: 0,
    options: { unconfirmed: { help: 'restart all the same' } },
    run: rebootCommand,
  },
  upgrade: {
    usage: 'upgrade [OPTIONS] [FILE|URL|usb|--listen|--close]',
    summary: 'install a new version from a bundle (plait-<board>.swu)',
    details: [
      'FILE anywhere on the board, - for the standard input, or a URL (http://).',
      'usb: from a stick; usb:NAME when it holds several bundles.',
      'Without: follow the upgrade that runs, or tell how the last one ended.',
      '--listen: a computer of the LAN sends it, by curl; prints how.',
      '',
      'The bundle is checked whole before anything is written. It goes into',
      'the slot that does not run; then the board restarts with it. It is on',
      'trial until it has proved good: else the board goes back by itself.',
      'Ending this command does not end the upgrade.',
      '',
      'Exit code 3: another upgrade is under way.',
    ].join('\n'),
    words: 1,
    options: {
      reboot: { value: 'WHEN', help: 'now (default), or later: at the next restart' },
      'allow-older': { help: 'install a version older than the one that runs' },
      listen: { help: 'take one upload by HTTP from the LAN, for 10 minutes' },
      close: { help: 'end the waiting for an upload' },
    },
    run: upgradeCommand,
  },
  slots: {
    usage: 'slots',
    summary: 'show the versions in both slots, and whose bundles are taken',
    details: [
      'confirmed: it has proved good. trial: it runs, and must prove good yet.',
      'installed: it never ran yet. failed: it had its chance. empty: nothing',
      'can be started from it. unknown: it never ran on this board. recalled:',
      'confirmed; power cuts took its tries, and it was given them back, once.',
      'Works without plaitd.',
    ].join('\n'),
    words: 0,
    run: slotsCommand,
  },
  version: {
    usage: 'version',
    summary: 'tell the version, the board, the slot and the kernel',
    words: 0,
    run: versionCommand,
  },
  factory: {
    usage: 'factory PHASE [NAME=VALUE]...',
    summary: 'measure one phase of the factory test',
    words: 9,
    internal: true,
    run: factoryCommand,
  },
  'grow-data': {
    usage: 'grow-data',
    summary: 'grow the data partition to the end of the card, before it is mounted',
    words: 0,
    internal: true,
    run: growCommand,
  },
  clock: {
    usage: 'clock EVENT',
    summary: "take a report from the environment of ntpd's script",
    words: 1,
    internal: true,
    run: clockCommand,
  },
  lease: {
    usage: 'lease DEVICE EVENT',
    summary: "take a lease from the environment of the DHCP client's script",
    words: 2,
    internal: true,
    run: leaseCommand,
  },
};

/** Names that people are shown. */
export function publicNames(): string[] {
  return Object.keys(COMMANDS).filter((name) => !COMMANDS[name]?.internal);
}

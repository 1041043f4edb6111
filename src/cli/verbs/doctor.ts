// SPDX-License-Identifier: MIT
/** `plait doctor`: what this machine lacks for builds, and how to get it. Nothing is changed. */
import { Command, Option } from 'commander';
import { table } from '../../agent/text-table.ts';
import { type Board, listBoards, loadBoard } from '../../image/board.ts';
import { cacheDir } from '../../image/cache-dir.ts';
import { defaultEngine, type EngineName, engineNames, engines } from '../../image/engine/engines.ts';
import { thisHost } from '../../image/host-packages.ts';
import { dateFinding, keyFinding, packageFindings, spaceFinding } from '../doctor/build.ts';
import { attempt, type Finding } from '../doctor/check.ts';
import { kvmFinding, nodeFinding, systemFinding } from '../doctor/machine.ts';
import { networkFindings } from '../doctor/network.ts';
import { interruptible } from '../interrupt.ts';
import { type KeyOptions, withKeyOptions } from '../key-options.ts';
import { boardsOption, jsonOption, wholeNumber } from '../options.ts';
import { repository, wantedNode } from '../project.ts';

interface DoctorOptions extends Pick<KeyOptions, 'key'> {
  readonly board: readonly string[];
  readonly engine: EngineName;
  readonly offline: boolean;
  /** Seconds. */
  readonly timeout: number;
  readonly json: boolean;
}

export function command(): Command {
  const verb = new Command('doctor')
    .summary('tell what this machine lacks for builds, and how to get it')
    .description(
      'Looks at what a build needs: Node, Debian packages, free space, the mirrors, the signing key. Changes nothing.',
    )
    .addOption(boardsOption())
    .addOption(
      new Option('--engine <name>', 'what builds the parts').choices(engineNames).default(defaultEngine),
    )
    .addOption(keyOption())
    .option('--offline', 'ask nothing of the network', false)
    .option('--timeout <seconds>', 'how long a site may take to answer', wholeNumber(1, 60), 5)
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 0 nothing is missing, 1 something is, 2 wrong use.')
    .action(doctor);
  return verb;
}

/** The one option of the key that matters where none is made. */
function keyOption(): Option {
  const found = withKeyOptions(new Command()).options.find(({ long }) => long === '--key');
  if (!found) throw new Error('there is no option --key');
  return found;
}

async function doctor(options: DoctorOptions): Promise<void> {
  const names = options.board.length > 0 ? options.board : await listBoards();
  const boards = await Promise.all(names.map((name) => loadBoard(name)));
  const findings = await interruptible(({ signal }) => look(boards, options, signal));
  const ok = findings.every(({ state }) => state !== 'missing');
  if (options.json) console.log(JSON.stringify({ ok, findings }, null, 2));
  else console.log(lines(findings, ok).join('\n'));
  if (!ok) process.exitCode = 1;
}

async function look(
  boards: readonly Board[],
  { engine: name, offline, timeout, key }: DoctorOptions,
  signal: AbortSignal,
): Promise<Finding[]> {
  const host = thisHost(signal, () => {});
  const engine = async () =>
    engines[name]({
      ...{ cache: cacheDir(), dir: undefined, mirror: undefined, overrides: undefined },
      ...{ toolchain: 'external', offline, jobs: 1 },
    });
  const network = () => networkFindings({ engine: name, deadline: timeout * 1000, signal, host });
  const found = await Promise.all([
    attempt('node', async () => nodeFinding(process.version, wantedNode())),
    attempt('system', () => systemFinding()),
    attempt('packages', async () => packageFindings(boards, await engine(), host)),
    attempt('space', () => spaceFinding()),
    attempt('date', () => dateFinding(repository)),
    attempt('key', () => keyFinding(key === undefined ? {} : { key })),
    attempt('kvm', () => kvmFinding()),
    offline ? [] : attempt('mirror', network),
  ]);
  return found.flat();
}

const MARKS = { ok: 'ok', note: 'note', missing: 'MISSING' } as const;

function lines(findings: readonly Finding[], ok: boolean): string[] {
  const rows = table(
    [],
    findings.map(({ state, check, found }) => [MARKS[state], check, found]),
  );
  const advice = findings.flatMap(({ check, advice }) => (advice ? [`${check}: ${advice}`] : []));
  return [
    ...rows,
    ...(advice.length > 0 ? ['', ...advice] : []),
    '',
    ok ? 'nothing is missing' : 'something is missing',
  ];
}

// SPDX-License-Identifier: MIT
import { copyFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AGENT_DIR, agentCompileCommands, bundleAgent } from '../../../agent/build.ts';
import { writeScript } from '../../archive-tools.ts';

const license = fileURLToPath(new URL('../../../../LICENSES/MIT.txt', import.meta.url));

/**
 * Writes into `dir` what the package plait-agent is built from: the agent bundled for the board, its C, and `compile`,
 * the script that makes `plaitctl` of it with $QJSC, $CC and $STAGING_DIR.
 */
export async function writeAgentSource(
  dir: string,
  { board, version }: { readonly board: string; readonly version: string },
): Promise<void> {
  await rm(dir, { recursive: true, force: true });
  await mkdir(dir, { recursive: true });
  const bundle = 'agent.js';
  await writeFile(join(dir, bundle), await bundleAgent({ version, board }));
  await cp(join(AGENT_DIR, 'native'), join(dir, 'native'), { recursive: true });
  await copyFile(license, join(dir, 'MIT.txt'));
  const commands = agentCompileCommands({
    qjsc: '$QJSC',
    cc: ['$CC'],
    include: '$STAGING_DIR/usr/include/quickjs',
    lib: '$STAGING_DIR/usr/lib/quickjs/libquickjs.a',
    cflags: [],
    bundle,
    work: '.',
    out: 'plaitctl',
  });
  const lines = commands.map((argv) => argv.map((word) => `"${word.replace(AGENT_DIR, '.')}"`).join(' '));
  await writeScript(join(dir, 'compile'), ['#!/bin/sh', 'set -e', ...lines]);
}

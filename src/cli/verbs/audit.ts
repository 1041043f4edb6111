// SPDX-License-Identifier: MIT
/** `plait audit`: which security updates exist for what is in an image. */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { auditPart, type Finding, needsUpdate, partsOf } from '../../image/audit/audit.ts';
import { indexLine } from '../../image/audit/freshness.ts';
import { auditStatements, findingLines } from '../../image/audit/report.ts';
import { fetchTracker, trackerSite } from '../../image/audit/tracker.ts';
import { cacheDir } from '../../image/cache-dir.ts';
import { UsageError } from '../../image/errors.ts';
import type { Manifest } from '../../image/reports/manifest.ts';
import { vex } from '../../image/reports/vex.ts';
import { requireCollected } from '../../image/sources/debian-archive.ts';
import { Sources } from '../../image/sources/sources.ts';
import { readInput } from '../inputs.ts';
import { interruptible } from '../interrupt.ts';
import { boardOption, jsonOption } from '../options.ts';
import { repository } from '../project.ts';

interface AuditOptions {
  board: string;
  mirror?: string;
  offline: boolean;
  tracker: string;
  vex?: string;
  json: boolean;
}

export function command(): Command {
  return new Command('audit')
    .summary('which security updates exist for what is in an image')
    .description(
      "Compares what is in an image with Debian's present indexes and with the data of Debian's security tracker, or, " +
        'where that cannot be had, with the changelogs of newer versions.',
    )
    .argument('[manifest]', "manifest.json beside an image (default: the board's, in out/)")
    .addOption(boardOption())
    .option('--mirror <dir>', 'compare with what `plait mirror` collected')
    .option('--offline', 'ask nothing of the network', false)
    .option('--tracker <uri>', "where the tracker's data is, without /json", trackerSite)
    .option('--vex <file>', 'write what was found as VEX (CycloneDX)')
    .addOption(jsonOption())
    .addHelpText('after', '\nExit code: 0 no security update is missing, 1 one is, 2 wrong use.')
    .action(audit);
}

async function audit(given: string | undefined, options: AuditOptions): Promise<void> {
  const manifest = await readManifest(given, options.board);
  if (options.mirror !== undefined) await requireCollected(resolve(options.mirror));
  await interruptible(({ signal }) => compare(manifest, options, signal));
}

async function compare(manifest: Manifest, options: AuditOptions, signal: AbortSignal): Promise<void> {
  const { offline, json } = options;
  const cache = cacheDir();
  const notes: string[] = [];
  const reports = { signal, onNote: (text: string) => void notes.push(text) };
  const collected = options.mirror === undefined ? {} : { collected: resolve(options.mirror) };
  const { archive } = new Sources({ ...reports, cache, offline, ...collected });
  const tracker = await fetchTracker(join(cache, 'sources'), reports, { site: options.tracker, offline });
  if (!tracker)
    notes.push(`${options.tracker} cannot be had; what updates fix is read from their changelogs`);
  const { parts, others } = partsOf(manifest);
  const findings: Finding[] = [];
  for (const part of parts) findings.push(await auditPart(part, archive, tracker));
  const indexes = await archive.used();
  if (options.vex !== undefined) await writeFile(options.vex, await vexOf(manifest, findings));
  if (json) console.log(JSON.stringify({ board: manifest.board, notes, indexes, findings, others }));
  else {
    for (const note of notes) console.log(note);
    if (indexes.length > 0) console.log(indexLine(indexes, Date.now()));
    console.log(findingLines(findings, others).join('\n'));
  }
  if (findings.some(needsUpdate)) process.exitCode = 1;
}

function vexOf(manifest: Manifest, findings: readonly Finding[]): Promise<string> {
  const versions = new Map(manifest.components.map(({ name, version }) => [name, version]));
  return vex({
    board: { name: manifest.board },
    version: manifest.plait,
    imageSha256: manifest.files.find(({ name }) => name.endsWith('.img'))?.sha256 ?? '',
    epoch: Math.floor(Date.now() / 1000),
    statements: auditStatements(findings, versions),
  });
}

async function readManifest(given: string | undefined, board: string): Promise<Manifest> {
  const path = given ?? join(repository, 'out', board, 'manifest.json');
  if (given === undefined && !existsSync(path))
    throw new UsageError(`out/${board} holds no image yet. Run:\n\n  npm run image -- --board ${board}\n`);
  const text = (await readInput('manifest', path)).toString();
  try {
    const manifest = JSON.parse(text) as Partial<Manifest>;
    if (
      Array.isArray(manifest.components) &&
      Array.isArray(manifest.packages) &&
      Array.isArray(manifest.files)
    )
      return manifest as Manifest;
  } catch {
    // Said below.
  }
  throw new UsageError(`manifest: ${path} is not the manifest.json of an image`);
}

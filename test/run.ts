// SPDX-License-Identifier: MIT
/**
 * Runs every check of the repository, fast ones first, and ends with the line `N passed, N failed`.
 *
 *   node --import tsx test/run.ts            all of it
 *   node --import tsx test/run.ts image kmod only test files whose path contains one of the words
 *   node --import tsx test/run.ts --slow     instead, slow proofs that the rest does without (`*.slow.ts`)
 *
 * Each test file is a process of its own with a deadline, so that a hang or a crash is one failure. Files of different queues
 * run beside each other; what such a file prints is shown when it has ended.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type CheckResult, runCheck, type Shown } from './support/check.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Folders of `test/` that run last. */
const SLOW_FOLDERS = ['kmod', 'lab'];
/** Images are built for these, and booted in an emulator: more than half of the time. Nothing else touches what they use. */
const BOARDS = 'test/machine/';
const MINUTES = 60_000;

/**
 * Files that wait for most of their time, for serial lines and people that are played, and need nothing that others change:
 * they run one after the other beside the rest.
 */
const WAITING = [
  'test/factory/bios/',
  'test/factory/station/',
  'test/cli/factory-run',
  'test/cli/setup',
  'test/cli/upgrade',
  'test/serial/find-speed',
  'test/serial/upload/',
];

const given = process.argv.slice(2);
const words = given.filter((word) => word !== '--slow');
const ending = given.includes('--slow') ? '.slow.ts' : '.test.ts';
const files = (await testFiles(join(root, 'test'))).filter(
  (file) => words.length === 0 || words.some((word) => file.includes(word)),
);
const results: CheckResult[] = [];
if (given.length === 0) {
  results.push(await runCheck('typecheck', ['npx', 'tsc', '--noEmit'], root, 5 * MINUTES));
  results.push(await runCheck('lint and format', ['npx', 'biome', 'ci', '.'], root, 5 * MINUTES));
  const install = ['node', '--import', 'tsx', 'test/support/install-programs.ts'];
  results.push(await runCheck('programs', install, root, 15 * MINUTES));
}
results.push(...(await silentSuites(files)));
const slow = ending === '.slow.ts';
const boards = files.filter((file) => file.startsWith(BOARDS) && !slow);
const waiting = files.filter(waits);
const others = files.filter((file) => !boards.includes(file) && !waiting.includes(file));
const alone = [boards, waiting, others].filter((queue) => queue.length > 0).length < 2;
// Each worker runs one file at a time, of the first of its queues that is not empty yet.
const lanes = await Promise.all([
  runFiles([boards], alone ? 'as it comes' : 'at the end'),
  runFiles([waiting], 'at the end'),
  runFiles([others, ...(alone ? [] : [boards])], alone ? 'as it comes' : 'at the end'),
]);
results.push(...lanes.flat());
if (files.length === 0)
  results.push({ name: `no test file matches ${words.join(' ')}`, passed: 0, failed: 1 });

report(results);

function waits(file: string): boolean {
  return WAITING.some((beginning) => file.startsWith(beginning));
}

/** One file after the other, until the queues are empty; others take from them too. */
async function runFiles(queues: readonly string[][], shown: Shown): Promise<CheckResult[]> {
  const done: CheckResult[] = [];
  for (;;) {
    const file = queues.find((queue) => queue.length > 0)?.shift();
    if (file === undefined) return done;
    const argv = ['node', '--import', 'tsx', file];
    done.push(await runCheck(file, argv, root, minutesFor(file) * MINUTES, 'uvu', shown));
  }
}

async function testFiles(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

function rank(file: string): number {
  return SLOW_FOLDERS.indexOf(file.split('/')[1] ?? '');
}

/** How long a file may take: a slow proof compiles all of an image twice, the first of the boards compiles three. */
function minutesFor(file: string): number {
  if (file.endsWith('.slow.ts')) return 90;
  if (file.startsWith(BOARDS)) return 75;
  return rank(file) >= 0 ? 45 : 25;
}

/** What uvu says nothing of, file by file: each is a failure. */
async function silentSuites(paths: string[]): Promise<CheckResult[]> {
  const silent: CheckResult[] = [];
  for (const path of paths) {
    const text = await readFile(join(root, path), 'utf8');
    const faults = [...suitesThatNeverRun(text), ...hooksThatFailSilently(text)];
    silent.push(...faults.map((fault) => ({ name: `${path}: ${fault}`, passed: 0, failed: 1 })));
  }
  return silent;
}

/** Every `suite(` or `test =` needs a `.run()`. */
function suitesThatNeverRun(text: string): string[] {
  const suites = [...text.matchAll(/(?:const|let)\s+(\w+)\s*=\s*suite(?:<[^(]*>)?\(/g)].map(
    (m) => m[1] ?? '',
  );
  if (/import\s*\{[^}]*\btest\b[^}]*\}\s*from\s*'uvu'/.test(text)) suites.push('test');
  return suites
    .filter((name) => !new RegExp(`\\b${name}\\.run\\(\\)`).test(text))
    .map((name) => `suite ${name} has no ${name}.run()`);
}

/** Why a `before` hook failed is hidden; the suite of test/support/suite.ts prints it. */
function hooksThatFailSilently(text: string): string[] {
  if (!/\.before\(/.test(text) || /support\/suite\.ts'/.test(text)) return [];
  return ['has before(), so its suite is to come from test/support/suite.ts'];
}

function report(all: CheckResult[]): void {
  const passed = all.reduce((sum, result) => sum + result.passed, 0);
  const failed = all.reduce((sum, result) => sum + result.failed, 0);
  const failures = all.filter((each) => each.failed > 0);
  for (const { name, output } of failures) if (output) console.log(`\n--- ${name}\n${output}`);
  for (const { name } of failures) console.log(`FAILED  ${name}`);
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}

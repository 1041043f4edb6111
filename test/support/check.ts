// SPDX-License-Identifier: MIT
import { spawn } from 'node:child_process';
import { stripVTControlCharacters } from 'node:util';

export interface CheckResult {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  /** The end of what a failed check printed. */
  readonly output?: string;
}

/** Lines of a failed check that are shown again at the end of the run, where people and machines look first. */
const SHOWN_AGAIN = 16;

/** What is shown of a check while it runs, and at its end: all of it as it comes, or together at the end. */
export type Shown = 'as it comes' | 'at the end';

/**
 * Runs one command, shows its output, and counts what it checked.
 *
 * @param counts `uvu`: the counts are those that uvu prints; otherwise the command itself is one check.
 * @param deadline milliseconds after which the command and its children are killed, which is a failure.
 */
export async function runCheck(
  name: string,
  argv: string[],
  cwd: string,
  deadline: number,
  counts: 'uvu' | 'exit code' = 'exit code',
  shown: Shown = 'as it comes',
): Promise<CheckResult> {
  const title = `\n=== ${name}`;
  if (shown === 'as it comes') console.log(title);
  else console.log(`... ${name} has begun`);
  const began = performance.now();
  const { output, code } = await run(argv, cwd, deadline, shown);
  const seconds = Math.round((performance.now() - began) / 1000);
  if (shown === 'at the end') console.log(`${title} took ${seconds} s\n${output}`);
  const ok = code === 0 ? 1 : 0;
  const result = counts === 'uvu' ? uvuCounts(output, code) : { passed: ok, failed: 1 - ok };
  return { name, ...result, ...(result.failed > 0 && { output: lastLines(output) }) };
}

/** From the first failure on, if there is one that uvu or test/support/suite.ts names, without empty lines. */
function lastLines(output: string): string {
  const lines = stripVTControlCharacters(output)
    .split('\n')
    .filter((line) => line.trim() !== '');
  const first = lines.findIndex((line) => /^\s*FAIL\b|^before\(\) of /.test(line));
  return (first < 0 ? lines.slice(-SHOWN_AGAIN) : lines.slice(first, first + SHOWN_AGAIN)).join('\n');
}

/** A skipped test, a file without a test, and an exit code that the counts do not explain are failures. */
export function uvuCounts(output: string, code: number | null): { passed: number; failed: number } {
  const plain = stripVTControlCharacters(output);
  const total = sum(plain, /^\s*Total:\s+(\d+)\s*$/gm);
  const passed = sum(plain, /^\s*Passed:\s+(\d+)\s*$/gm);
  const unexplained = code !== 0 && total === passed ? 1 : 0;
  return { passed, failed: total - passed + unexplained + (total === 0 && code === 0 ? 1 : 0) };
}

function sum(text: string, pattern: RegExp): number {
  return [...text.matchAll(pattern)].reduce((total, match) => total + Number(match[1]), 0);
}

function run(
  argv: string[],
  cwd: string,
  deadline: number,
  shown: Shown,
): Promise<{ output: string; code: number | null }> {
  return new Promise((resolve, reject) => {
    const [command = '', ...args] = argv;
    // A group of its own, so that the deadline also ends what the command started.
    const child = spawn(command, args, { cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => {
      console.log(`deadline of ${deadline / 60_000} minutes passed: ${argv.join(' ')}`);
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    }, deadline);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => {
        output += text;
        if (shown === 'as it comes') process.stdout.write(text);
      });
    }
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ output, code });
    });
  });
}

// SPDX-License-Identifier: MIT
/**
 * Keeps the result of each cell as soon as it is there, so that an interrupted run can be resumed. A file of JSON lines
 * beside the reports; an entry counts only for the very same cell: its values, seed and kind of time, the same kernel,
 * modules, agent and guest, and the same code of the lab.
 */
import { appendFile, mkdir, readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hashTree, hashValue } from '../image/stage.ts';
import type { CellResult } from './cell.ts';
import type { Cell } from './experiment.ts';
import type { LabOutputs } from './outputs.ts';
import { readDeliveryTrace } from './topology/delivery-trace.ts';
import { readDrawing } from './topology/drawing.ts';

/** What the figures of a cell depend on besides the cell. */
export interface RunIdentity {
  readonly outputs: LabOutputs;
  readonly seed: number;
  readonly realTime: boolean;
}

const labSources = fileURLToPath(new URL('.', import.meta.url));

/** Where the journal of a run lies, in the folder of its reports. */
export function journalPath(reports: string): string {
  return join(reports, 'cells.jsonl');
}

export class Journal {
  private readonly path: string;
  private readonly identity: string;
  private readonly known: ReadonlyMap<string, CellResult>;

  private constructor(path: string, identity: string, known: ReadonlyMap<string, CellResult>) {
    this.path = path;
    this.identity = identity;
    this.known = known;
  }

  /** With `resume` the cells of an earlier run count; else the journal begins anew. */
  static async open(path: string, run: RunIdentity, resume: boolean): Promise<Journal> {
    const identity = hashValue({ ...run, sources: await hashTree([labSources]) });
    await mkdir(dirname(path), { recursive: true });
    if (!resume) await rm(path, { force: true });
    const known = await entries(path);
    // Ends the line that an interrupted write may have left.
    if (resume) await appendFile(path, '\n');
    return new Journal(path, identity, known);
  }

  /** The result of a cell that was finished before. */
  find(cell: Cell): CellResult | undefined {
    return this.known.get(this.key(cell));
  }

  /** A cell that failed is not kept: it is to be run again. */
  async add(cell: Cell, result: CellResult): Promise<void> {
    if (result.failed !== undefined) return;
    await appendFile(this.path, `${JSON.stringify({ key: this.key(cell), result })}\n`);
  }

  /** Ends the journal of a run that is complete. */
  async remove(): Promise<void> {
    await rm(this.path, { force: true });
  }

  private key({ experiment, values }: Cell): string {
    const traces = readDrawing(experiment.topology(values)).links.flatMap(({ traits: { trace } }) =>
      trace ? [trace.right, trace.left].map((path) => readDeliveryTrace(path).deliveries) : [],
    );
    return hashValue({ identity: this.identity, experiment: experiment.name, values, traces });
  }
}

/** What an interrupted write left of its line is passed over. */
async function entries(path: string): Promise<Map<string, CellResult>> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const found = new Map<string, CellResult>();
  for (const line of text.split('\n')) {
    const entry = parseEntry(line);
    if (entry) found.set(entry.key, entry.result);
  }
  return found;
}

function parseEntry(line: string): { key: string; result: CellResult } | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    const isEntry = typeof entry === 'object' && entry !== null && 'key' in entry && 'result' in entry;
    return isEntry ? (entry as { key: string; result: CellResult }) : undefined;
  } catch {
    return undefined;
  }
}

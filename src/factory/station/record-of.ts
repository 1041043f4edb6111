// SPDX-License-Identifier: MIT
/** The record of a run that is done. */

import { parseRecord } from '../record/parse.ts';
import { type EarlierRun, type FactoryRecord, FORMAT } from '../record/record.ts';
import type { RunHead } from './journal.ts';
import { outcomeOf, type Run } from './run-states.ts';
import type { TestList } from './test-list.ts';

export interface RecordFacts {
  readonly head: RunHead;
  readonly run: Run;
  readonly list: TestList;
  readonly station: { readonly name: string; readonly operator: string; readonly software: string };
  readonly lot?: string;
  readonly earlier: readonly EarlierRun[];
}

/** @throws RecordError when it is none: a bug */
export function recordOf({ head, run, list, station, lot, earlier }: RecordFacts): FactoryRecord {
  const planned = list.phases.map(({ name }) => name);
  const { started, id, board, port } = head;
  const seconds = Math.max(0, (Date.parse(run.ended ?? started) - Date.parse(started)) / 1000);
  const record = {
    ...{ format: FORMAT, id, board, list: head.list },
    ...(run.identity && { identity: run.identity }),
    ...(lot === undefined ? {} : { lot }),
    station: { ...station, port },
    // A board that never came to its login runs what nobody knows.
    firmware: { version: run.board?.version ?? 'unknown', files: [] },
    ...{ started, seconds, phases: run.phases },
    outcome: outcomeOf(run, planned),
    earlier,
  };
  return parseRecord(record, `run ${head.id}`);
}

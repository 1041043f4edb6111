// SPDX-License-Identifier: MIT
/** What a board went through before: its signed records, found by its MAC addresses. */
import type { Identity } from '../../agent/identity.ts';
import type { EarlierRun } from '../record/record.ts';
import { openRecord, type TrustedKeys } from '../record/signed-record.ts';
import { readRecordFile, recordHash, recordIds, recordPath } from '../record/store.ts';

/** The oldest first. @throws RecordError for a record that was changed: nobody knows then what the board went through */
export async function earlierRuns(
  dir: string,
  { macs }: Identity,
  trusted: TrustedKeys,
): Promise<EarlierRun[]> {
  const found: EarlierRun[] = [];
  for (const id of await recordIds(dir)) {
    const bytes = await readRecordFile(recordPath(dir, id));
    // Most are of other boards: a text that has none of the addresses needs no look at its signature.
    if (!macs.some((mac) => bytes.includes(mac))) continue;
    const { record } = openRecord(bytes, trusted, recordPath(dir, id));
    if (!record.identity?.macs.some((mac) => macs.includes(mac))) continue;
    const { started, outcome } = record;
    found.push({ id, started, outcome, sha256: recordHash(bytes) });
  }
  return found.sort((a, b) => a.started.localeCompare(b.started));
}

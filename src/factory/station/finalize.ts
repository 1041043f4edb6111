// SPDX-License-Identifier: MIT
/** The last phase: the board gets its identity, and the card keeps nothing of the test. */
import { randomBytes } from 'node:crypto';
import { sendFile } from '../../serial/transfer.ts';
import { askBoard, BoardFailure, seenIn } from './board-answer.ts';
import { type PhaseContext, PhaseFault, type PhaseResult } from './phase.ts';

/** @throws PhaseFault for an identity that another board has, or that cannot be written */
export async function finalize(context: PhaseContext): Promise<PhaseResult> {
  const { shell, phase, limits, identity, registry } = context;
  const taken = await registry.claim(identity);
  if (taken.length > 0)
    throw new PhaseFault(`The identity is not given twice: ${taken.join('; ')}. Lay the board aside.`);
  const file = `/tmp/plait-identity-${randomBytes(6).toString('hex')}`;
  const { signal } = limits();
  await sendFile(shell, file, Buffer.from(JSON.stringify(identity)), signal === undefined ? {} : { signal });
  try {
    const answer = await askBoard(shell, phase.name, { identity: file }, limits());
    return { measured: answer.measurements, seen: seenIn(answer) };
  } catch (error) {
    if (error instanceof BoardFailure)
      throw new PhaseFault(`The identity was not written: ${error.message}. Is the card good?`);
    throw error;
  }
}

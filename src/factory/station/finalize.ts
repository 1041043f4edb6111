// SPDX-License-Identifier: MIT
/** The last phase: the board makes its own key and gets its identity, and the card keeps nothing of the test. */
import { randomBytes } from 'node:crypto';
import { identityProblems } from '../../agent/identity.ts';
import { sendFile } from '../../serial/transfer.ts';
import { askBoard, BoardFailure, seenIn } from './board-answer.ts';
import { type PhaseContext, PhaseFault, type PhaseResult } from './phase.ts';

/** @throws PhaseFault for an identity that another board has, or that cannot be written */
export async function finalize(context: PhaseContext): Promise<PhaseResult> {
  const { shell, phase, limits, registry } = context;
  const publicKey = await keyOf(context);
  const identity = { ...context.identity, publicKey };
  const problems = identityProblems(identity);
  if (problems.length > 0) throw new PhaseFault(`The board has no key of its own: ${problems.join('; ')}`);
  const taken = await registry.claim(identity);
  if (taken.length > 0)
    throw new PhaseFault(`The identity is not given twice: ${taken.join('; ')}. Lay the board aside.`);
  const file = `/tmp/plait-identity-${randomBytes(6).toString('hex')}`;
  const { signal } = limits();
  await sendFile(shell, file, Buffer.from(JSON.stringify(identity)), signal === undefined ? {} : { signal });
  try {
    const answer = await askBoard(shell, phase.name, { identity: file }, limits());
    return { measured: answer.measurements, seen: seenIn(answer), identity };
  } catch (error) {
    if (error instanceof BoardFailure)
      throw new PhaseFault(`The identity was not written: ${error.message}. Is the card good?`);
    throw error;
  }
}

async function keyOf({ shell, limits }: PhaseContext): Promise<string> {
  try {
    return String((await askBoard(shell, 'key', {}, limits())).measurements.public_key);
  } catch (error) {
    if (error instanceof BoardFailure)
      throw new PhaseFault(`The board has no key of its own: ${error.message}`);
    throw error;
  }
}

// SPDX-License-Identifier: MIT
/** Power cuts at every write, with all that a lost cache may have kept, and a rollback by the agent besides. */
import { PROOF_STEPS, prove, SHORT_STEPS } from './power-cut/proof.ts';

await prove({
  steps: [...SHORT_STEPS, ...PROOF_STEPS],
  proof: true,
  lost: 200,
  cycles: 8,
  boots: 'every entry',
});

// SPDX-License-Identifier: MIT
/** Power cuts at every write of first boot, apply, setup, upgrade, trial and rollback; power-cut.slow.ts does the same with more of each. */
import { prove, SHORT_STEPS } from './power-cut/proof.ts';

await prove({ steps: SHORT_STEPS, proof: false, lost: 4, cycles: 1, boots: 'around the switch' });

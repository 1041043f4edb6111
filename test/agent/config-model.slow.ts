// SPDX-License-Identifier: MIT
/** The same model with a hundred thousand sequences: faults that one in ten thousand does not show. */
process.env.PLAIT_MODEL_RUNS ??= '100000';
await import('./config-model.test.ts');

// SPDX-License-Identifier: MIT
/** How state that the agent made is told from anybody else's. */

/** Alias of every device in the plan; physical ones carry it while the plan uses them. */
export const LINK_ALIAS = 'plait';
/** Protocol number of our routes and rules; shown by `ip route` as `proto 213`. */
export const PROTOCOL = 213;
/** Handles of the shaper on an uplink: the token bucket and the fq_codel below it. */
export const TBF_HANDLE = 0x7100_0000;
export const TBF_CLASS = 0x7100_0001;
export const CODEL_HANDLE = 0x7101_0000;

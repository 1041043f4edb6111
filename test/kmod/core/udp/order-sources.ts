// SPDX-License-Identifier: MIT

/** Sources of the resequencer, for programs that have it alone. */
export const ORDER = ['order', 'order-legs', 'order-waiting'].map((name) => `src/kmod/core/udp/${name}.c`);

// SPDX-License-Identifier: MIT
/** A repetition that disagrees with the others: the cell is rejected, as the thesis did. */
export class Rejected extends Error {
  override name = 'Rejected';
}

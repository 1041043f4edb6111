// SPDX-License-Identifier: MIT
import bwipjs from 'bwip-js';

/** A Data Matrix symbol (ECC 200): rows of modules, true is black; without the quiet zone around it. */
export type Modules = readonly (readonly boolean[])[];

export function dataMatrix(text: string): Modules {
  const [symbol] = bwipjs.raw('datamatrix', text, '');
  if (symbol === undefined || !('pixs' in symbol)) throw new TypeError('bwip-js made no matrix');
  const { pixs, pixx, pixy } = symbol;
  return Array.from({ length: pixy }, (_, row) =>
    Array.from({ length: pixx }, (_, column) => pixs[row * pixx + column] === 1),
  );
}

// SPDX-License-Identifier: MIT
/** Where what stands on a label, in dots of the printer. ZPL, SVG and PNG are made of this, so that a preview shows what is printed. */
import { UsageError } from '../../image/errors.ts';
import { dataMatrix, type Modules } from './data-matrix.ts';
import { type Label, symbolText } from './label.ts';

export interface Medium {
  /** Millimetres. */
  readonly width: number;
  readonly height: number;
  /** Dots a millimetre: 8 (203 dpi), 12 (300 dpi), 24 (600 dpi). */
  readonly dots: number;
}

export interface Layout {
  /** Dots. */
  readonly width: number;
  readonly height: number;
  readonly symbol: {
    readonly x: number;
    readonly y: number;
    readonly module: number;
    readonly modules: Modules;
  };
  /** `y` is the upper edge. */
  readonly lines: readonly Line[];
}

export interface Line {
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly text: string;
}

/** Millimetres. */
const MARGIN = 1.5;
/** A symbol of smaller modules is not read by every telephone. */
const LEAST_MODULE = 0.3;
const LEAST_LETTER = 1.2;
const MOST_LETTER = 3.2;
/** Of a letter, by its height: the widest of the printer's own font and of the preview's. */
const LETTER_WIDTH = 0.62;
/** Of a line, by the height of its letters. */
const LEADING = 1.25;
/** Modules that stay white around a symbol. */
const QUIET = 2;
/** MAC addresses that are written out; of more, the first and the last are. */
const MOST_MACS = 4;
const FINGERPRINT_LINE = 32;

/** @throws UsageError when the label is too small for it */
export function layoutOf(label: Label, medium: Medium): Layout {
  const { dots } = medium;
  const margin = Math.round(MARGIN * dots);
  const [width, height] = [Math.round(medium.width * dots), Math.round(medium.height * dots)];
  const modules = dataMatrix(symbolText(label));
  const across = modules.length + 2 * QUIET;
  const module = Math.floor((height - 2 * margin) / across);
  if (module < LEAST_MODULE * dots) throw tooSmall(medium, `a symbol of ${modules.length} modules`);
  const x = 2 * margin + module * across;
  const texts = linesOf(label);
  const letters = texts.reduce((most, text) => Math.max(most, text.length), 0);
  const letter = Math.floor(
    Math.min(
      MOST_LETTER * dots,
      (width - x - margin) / (letters * LETTER_WIDTH),
      (height - 2 * margin) / (texts.length * LEADING),
    ),
  );
  if (letter < LEAST_LETTER * dots)
    throw tooSmall(medium, `${texts.length} lines of ${letters} letters beside it`);
  return {
    ...{ width, height },
    symbol: { x: margin + QUIET * module, y: margin + QUIET * module, module, modules },
    lines: texts.map((text, index) => ({
      ...{ x, height: letter, text },
      y: margin + Math.round(index * letter * LEADING),
    })),
  };
}

function tooSmall({ width, height }: Medium, what: string): UsageError {
  return new UsageError(
    `a label of ${width} x ${height} mm has no room for ${what}; take a larger one by --size`,
  );
}

function linesOf({ board, identity, code, fingerprint }: Label): string[] {
  const { serial, macs, revision } = identity;
  return [
    revision === undefined ? board : `${board} ${revision}`,
    `SN ${serial}`,
    ...(macs.length > MOST_MACS ? [`${macs[0]} to`, `${macs.at(-1)}`] : macs),
    ...(code === undefined ? [] : [`code ${code}`]),
    ...(fingerprint?.match(new RegExp(`.{1,${FINGERPRINT_LINE}}`, 'g')) ?? []),
  ];
}

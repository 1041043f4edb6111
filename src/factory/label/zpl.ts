// SPDX-License-Identifier: MIT
/**
 * A label in ZPL II, the language of Zebra's printers and of many others. The symbol is sent as dots, so that it is the one of
 * the preview; texts are sent with everything but plain letters as hexadecimal digits (^FH), so that none can be a command.
 */
import type { Modules } from './data-matrix.ts';
import type { Layout } from './layout.ts';

export function zplOf({ width, height, symbol, lines }: Layout, copies = 1): string {
  return [
    '^XA',
    // Texts are UTF-8.
    '^CI28',
    `^PW${width}^LL${height}^LH0,0`,
    `^FO${symbol.x},${symbol.y}${graphic(symbol.modules, symbol.module)}^FS`,
    ...lines.map(({ x, y, height, text }) => `^FO${x},${y}^A0N,${height}^FH_^FD${quoted(text)}^FS`),
    `^PQ${copies}`,
    '^XZ',
    '',
  ].join('\n');
}

/** Letters, digits and these are themselves: ^ and ~ begin commands, _ begins hexadecimal digits, \ and others mean something in places. */
function quoted(text: string): string {
  return text.replace(/[^0-9A-Za-z .:/+=-]/gu, (letter) =>
    [...Buffer.from(letter)].map((byte) => `_${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
  );
}

/** ^GF: rows of dots, each filled up to whole bytes. */
function graphic(modules: Modules, module: number): string {
  const rows = modules.flatMap((row) => {
    const dots = row.flatMap((black) => new Array<string>(module).fill(black ? '1' : '0'));
    const bits = dots.join('');
    const padded = bits.padEnd(Math.ceil(bits.length / 8) * 8, '0');
    const hex = (padded.match(/.{8}/g) ?? []).map((byte) =>
      Number.parseInt(byte, 2).toString(16).padStart(2, '0'),
    );
    return new Array<string>(module).fill(hex.join('').toUpperCase());
  });
  const perRow = (rows[0]?.length ?? 0) / 2;
  const bytes = perRow * rows.length;
  return `^GFA,${bytes},${bytes},${perRow},${rows.join('')}`;
}

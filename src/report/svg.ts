// SPDX-License-Identifier: MIT
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** A plot as SVG; the same specification gives the same bytes. Loading Vega takes a second: import this file when it is needed. */
export async function svgOf(specification: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(specification).spec), { renderer: 'none' });
  try {
    return `${await view.toSVG()}\n`;
  } finally {
    view.finalize();
  }
}

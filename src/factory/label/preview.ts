// SPDX-License-Identifier: MIT
/** A label as SVG, and as PNG with the printer's dots. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import handlebars from 'handlebars';
import type { Modules } from './data-matrix.ts';
import type { Layout, Medium } from './layout.ts';

const FONT = 'DejaVu Sans Condensed';

const template = handlebars.compile(
  [
    '<svg xmlns="http://www.w3.org/2000/svg" width="{{medium.width}}mm" height="{{medium.height}}mm" viewBox="0 0 {{width}} {{height}}">',
    '<rect width="{{width}}" height="{{height}}" fill="#fff"/>',
    '<path d="{{path}}" shape-rendering="crispEdges"/>',
    '{{#each lines}}<text x="{{x}}" y="{{baseline}}" font-family="{{../font}}, sans-serif" font-size="{{height}}">{{text}}</text>',
    '{{/each}}</svg>',
    '',
  ].join('\n'),
  { strict: true },
);

export function svgLabel({ width, height, symbol, lines }: Layout, medium: Medium): string {
  return template({
    ...{ width, height, medium, font: FONT, path: pathOf(symbol) },
    // Letters of this font reach four fifths of their height above the line.
    lines: lines.map((line) => ({ ...line, baseline: line.y + Math.round(line.height * 0.8) })),
  });
}

/** A rectangle for each run of black modules. */
function pathOf({
  x,
  y,
  module,
  modules,
}: {
  x: number;
  y: number;
  module: number;
  modules: Modules;
}): string {
  const parts: string[] = [];
  for (const [row, cells] of modules.entries())
    for (const { index, 0: run } of cells
      .map((black) => (black ? 'x' : ' '))
      .join('')
      .matchAll(/x+/g))
      parts.push(
        `M${x + index * module} ${y + row * module}h${run.length * module}v${module}h-${run.length * module}z`,
      );
  return parts.join('');
}

/** Letters come from a font of this program's own, not from the machine's: the same label has the same bytes. */
export async function pngLabel(svg: string, { width }: Pick<Layout, 'width'>): Promise<Uint8Array> {
  const { Resvg } = await renderer();
  const font = await readFile(resolved('dejavu-fonts-ttf/ttf/DejaVuSansCondensed.ttf'));
  const drawn = new Resvg(svg, {
    fitTo: { mode: 'width', value: width },
    font: { fontBuffers: [font], defaultFontFamily: FONT },
  });
  const image = drawn.render();
  try {
    return image.asPng();
  } finally {
    image.free();
    drawn.free();
  }
}

let loaded: Promise<typeof import('@resvg/resvg-wasm')> | undefined;

/** Its WebAssembly may be initialised once in a process. */
function renderer(): Promise<typeof import('@resvg/resvg-wasm')> {
  loaded ??= (async () => {
    const library = await import('@resvg/resvg-wasm');
    await library.initWasm(await readFile(resolved('@resvg/resvg-wasm/index_bg.wasm')));
    return library;
  })();
  return loaded;
}

function resolved(file: string): string {
  return createRequire(import.meta.url).resolve(file);
}

// SPDX-License-Identifier: MIT
/** Other people's programs: a decoder of symbols, and a printer that draws ZPL. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

const { resolve } = createRequire(import.meta.url);
const wasm = await readFile(resolve('zxing-wasm/reader/zxing_reader.wasm'));
prepareZXingModule({
  overrides: { wasmBinary: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.length) as ArrayBuffer },
});

/** Texts of all Data Matrix symbols in a PNG. */
export async function decoded(png: Uint8Array): Promise<string[]> {
  const found = await readBarcodes(new Uint8Array(png), { formats: ['DataMatrix'], tryHarder: true });
  return found.filter(({ isValid }) => isValid).map(({ text }) => text);
}

/** The PNG of each label in a text of ZPL. */
export async function printed(
  zpl: string,
  width: number,
  height: number,
  dots: number,
): Promise<Uint8Array[]> {
  const { zplToBase64MultipleAsync } = await import('zpl-renderer-js');
  const labels = await zplToBase64MultipleAsync(zpl, width, height, dots);
  return labels.map((text) => Buffer.from(text, 'base64'));
}

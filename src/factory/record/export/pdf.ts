// SPDX-License-Identifier: MIT
/** Records to print: each begins a page. The same records have the same bytes. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { buffer } from 'node:stream/consumers';
import PDFDocument from 'pdfkit';
import type { FactoryRecord, Phase } from '../record.ts';
import { limitsText, valueText } from './text.ts';

/** Points. */
const MARGIN = 50;
const SIZE = { title: 18, head: 11, text: 9 };
const FONTS = { plain: 'DejaVuSansCondensed.ttf', bold: 'DejaVuSansCondensed-Bold.ttf' };

/** At least one record. `signers` are fingerprints of the keys that signed them, in the same order. */
export async function pdfOf(records: readonly FactoryRecord[], signers: readonly string[]): Promise<Buffer> {
  const [first] = records;
  if (first === undefined) throw new RangeError('a document of no record');
  const document = new PDFDocument({
    ...{ size: 'A4', margin: MARGIN, autoFirstPage: false, lang: 'en' },
    // Else it is the time of day, and the file's identifier follows from it.
    info: { Title: `Factory test ${first.id}`, CreationDate: new Date(first.started), Producer: 'Plait' },
  });
  const bytes = buffer(document);
  for (const [name, file] of Object.entries(FONTS))
    document.registerFont(name, await readFile(resolved(`dejavu-fonts-ttf/ttf/${file}`)));
  for (const [index, record] of records.entries()) writeRecord(document, record, signers[index] ?? '');
  document.end();
  return bytes;
}

function resolved(file: string): string {
  return createRequire(import.meta.url).resolve(file);
}

function writeRecord(document: PDFKit.PDFDocument, record: FactoryRecord, signer: string): void {
  document.addPage();
  const title = `${record.outcome}  ${record.identity?.serial ?? 'unknown board'}`;
  document.font('bold').fontSize(SIZE.title).text(title).moveDown(0.5);
  document.font('plain').fontSize(SIZE.text);
  for (const [name, value] of facts(record, signer)) document.text(`${name}: ${value}`);
  for (const phase of record.phases) writePhase(document, phase);
  if (record.earlier.length === 0) return;
  heading(document, 'Earlier runs');
  for (const { id, started, outcome } of record.earlier) document.text(`${started}  ${outcome}  ${id}`);
}

function facts(record: FactoryRecord, signer: string): [name: string, value: string][] {
  const { id, board, list, identity, lot, station, firmware, started, seconds } = record;
  return [
    ['Record', id],
    ['Board', [board, identity?.revision ?? ''].join(' ').trim()],
    ['MAC addresses', identity?.macs.join(', ') ?? ''],
    ['Test list', list],
    ['Lot', lot ?? ''],
    ['Started', `${started}, ${seconds} s`],
    ['Station', `${station.name}, ${station.operator}, Plait ${station.software}`],
    ['Firmware', firmware.version],
    ['Signed by', signer],
  ].filter((fact): fact is [string, string] => fact[1] !== '');
}

function writePhase(document: PDFKit.PDFDocument, phase: Phase): void {
  const { name, outcome, seconds, attempts, message, measurements } = phase;
  heading(document, `${outcome}  ${name}`);
  const tries = attempts === 1 ? '' : `, attempt ${attempts}`;
  document.text(`${seconds} s${tries}${message === undefined ? '' : `: ${message}`}`);
  if (measurements.length === 0) return;
  document.moveDown(0.3).table({
    columnStyles: ['*', '*', '*', 60],
    defaultStyle: { border: [0, 0, 0.5, 0], borderColor: '#bbb', padding: 2 },
    data: [
      ['measurement', 'value', 'limits', 'outcome'],
      ...measurements.map((one) => [one.name, valueText(one), limitsText(one.limits), one.outcome]),
    ],
  });
}

function heading(document: PDFKit.PDFDocument, text: string): void {
  document.moveDown(0.7).font('bold').fontSize(SIZE.head).text(text, MARGIN);
  document.font('plain').fontSize(SIZE.text);
}

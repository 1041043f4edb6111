// SPDX-License-Identifier: MIT
/** Text for a terminal of 40 columns, of which the last is left free: some go to the next line by themselves there. */

export const WIDTH = 39;

/**
 * Lines of at most 39 columns, the first one after `mark`, the others indented as far; what has no blank is cut. Anything
 * beyond ASCII becomes a question mark.
 */
export function wrap(text: string, mark = ''): string {
  const lines: string[] = [];
  let line = '';
  const indent = ' '.repeat(mark.length);
  const room = WIDTH - indent.length;
  for (const word of ascii(text).split(/ +/)) {
    let rest = word;
    if (line !== '' && line.length + 1 + rest.length > room) {
      lines.push(line);
      line = '';
    }
    while (rest.length > room) {
      lines.push(rest.slice(0, room));
      rest = rest.slice(room);
    }
    line = line === '' ? rest : `${line} ${rest}`;
  }
  if (line !== '' || lines.length === 0) lines.push(line);
  return lines.map((one, index) => `${index === 0 ? mark : indent}${one}\n`).join('');
}

/** A line that is cut where the screen ends, and goes on indented: for what is not prose. */
export function fold(text: string): string {
  const line = ascii(text);
  if (line.length <= WIDTH) return `${line}\n`;
  const step = WIDTH - 4;
  let out = `${line.slice(0, WIDTH)}\n`;
  for (let at = WIDTH; at < line.length; at += step) out += `    ${line.slice(at, at + step)}\n`;
  return out;
}

function ascii(text: string): string {
  return text.replace(/[^ -~]/g, '?');
}

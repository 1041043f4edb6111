// SPDX-License-Identifier: MIT
/** Tables and figures for people at a terminal. */

/** Columns as wide as their widest word; no line of heads when there are none. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = head.length > 0 ? [head, ...rows] : rows;
  const columns = Math.max(0, ...all.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...all.map((row) => row[column]?.length ?? 0)),
  );
  return all.map((row) =>
    row
      .map((word, column) => word.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

/** `1.2 Mbit/s`; three digits at most before the point. */
export function bitRate(bits: number): string {
  const steps: [size: number, unit: string][] = [
    [1e9, 'Gbit/s'],
    [1e6, 'Mbit/s'],
    [1e3, 'kbit/s'],
  ];
  const [size, unit] = steps.find(([size]) => bits >= size) ?? [1, 'bit/s'];
  return `${(bits / size).toFixed(size === 1 ? 0 : 1)} ${unit}`;
}

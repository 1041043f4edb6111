// SPDX-License-Identifier: MIT
import type { TopLevelSpec } from 'vega-lite';
import { svgOf } from '../../report/svg.ts';
import type { ExperimentResult } from '../run.ts';

interface Point {
  /** Value of the parameter along the axis. */
  readonly x: string | number | boolean;
  readonly y: number;
  readonly kind: 'ours' | 'paper' | 'limit';
  /** The other parameters: each combination has a picture of its own. */
  readonly group: string;
}

const KINDS = ['ours', 'paper', 'limit'] as const;
const COLOURS = ['#1b6ca8', '#d1861e', '#999999'];

/** The first figure over one parameter, as SVG: ours, the paper's and the limit. */
export function svgPlot(result: ExperimentResult): Promise<string> {
  return svgOf(specification(result));
}

function specification(result: ExperimentResult): TopLevelSpec {
  const { experiment } = result;
  const [first = ''] = Object.keys(experiment.figures);
  const axis = experiment.axis ?? Object.keys(experiment.parameters).at(-1) ?? '';
  const points = pointsOf(result, axis, first);
  const numbers = points.every(({ x }) => typeof x === 'number');
  const groups = new Set(points.map(({ group }) => group)).size;
  const encoding = {
    x: numbers
      ? { field: 'x', type: 'quantitative' as const, title: axis, scale: { zero: false } }
      : { field: 'x', type: 'nominal' as const, title: axis, sort: null, axis: { labelAngle: -30 } },
    y: { field: 'y', type: 'quantitative' as const, title: `${first} (${experiment.figures[first]?.unit})` },
    color: {
      field: 'kind',
      type: 'nominal' as const,
      title: null,
      scale: { domain: [...KINDS], range: COLOURS },
    },
  };
  const lines = { mark: { type: 'line' as const, point: true }, encoding };
  const bars = {
    mark: 'bar' as const,
    encoding: { ...encoding, xOffset: { field: 'kind', type: 'nominal' as const, sort: [...KINDS] } },
  };
  const size = { width: numbers ? 260 : { step: 18 }, height: 200 };
  const picture = numbers ? lines : bars;
  const title = experiment.title;
  const data = { values: points };
  if (groups <= 1) return { title, data, ...size, ...picture };
  const facet = { field: 'group', type: 'nominal' as const, title: null, sort: null };
  return { title, data, columns: 3, facet, spec: { ...size, ...picture } };
}

function pointsOf({ cells }: ExperimentResult, axis: string, first: string): Point[] {
  return cells.flatMap(({ values, figures, paper, limit }) => {
    const group = Object.entries(values)
      .filter(([name]) => name !== axis)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ');
    const x = values[axis] ?? '';
    const all = { ours: figures?.[first], paper, limit };
    return KINDS.flatMap((kind) => (all[kind] === undefined ? [] : [{ x, y: all[kind], kind, group }]));
  });
}

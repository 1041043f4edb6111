// SPDX-License-Identifier: MIT
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { repository } from '../../src/cli/project.ts';
import { allPages, type Page, parsePage } from './pages.ts';

const pages = allPages();
const byPath = new Map(pages.map((page) => [page.path, page]));

const links = suite('links');

for (const page of pages)
  links(`of ${page.path} lead somewhere`, () => {
    assert.equal(deadLinks(page), []);
  });

links('that lead nowhere are found', () => {
  const text =
    '# A\n[a](no.md) [b](#a) [c](#b) [d](docs/README.md#nothing) ![e](no.png) [f](../out-of-here) [g](src/cli)';
  assert.equal(deadLinks(parsePage('README.md', text)), [
    'no.md',
    '#b',
    'docs/README.md#nothing',
    'no.png',
    '../out-of-here',
  ]);
});

links('reach every page from the README', () => {
  const seen = new Set<string>();
  const queue = ['README.md'];
  for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    for (const href of byPath.get(path)?.links ?? []) {
      const target = targetOf(path, href);
      if (target && byPath.has(target.path)) queue.push(target.path);
    }
  }
  assert.equal(
    pages.map(({ path }) => path).filter((path) => !seen.has(path)),
    [],
  );
});

links.run();

const readme = suite('README');

readme('fits on a few screens, the first of which tells what Plait does not do', () => {
  const lines = readFileSync(join(repository, 'README.md'), 'utf8').split('\n');
  assert.ok(lines.length <= 150, `${lines.length} lines`);
  const first = lines.slice(0, 50).join('\n');
  for (const needed of ['does **not** do', 'Modes `ipip` and `fou` protect nothing', 'npm ci\nnpm run image'])
    assert.ok(first.includes(needed), needed);
});

readme('leads from the image into the field in the order in which a person goes', () => {
  const text = readFileSync(join(repository, 'README.md'), 'utf8');
  const steps = [
    'npm run image',
    'docs/field.md',
    'plait flash /dev',
    'First boot',
    'plait setup --serial',
    'tunnels:',
    'plaitctl confirm',
    'plaitctl upgrade -',
  ];
  const places = steps.map((step) => text.indexOf(step));
  assert.ok(!places.includes(-1), `missing: ${steps[places.indexOf(-1)]}`);
  assert.equal(
    places,
    [...places].sort((a, b) => a - b),
  );
});

for (const board of readdirSync(join(repository, 'board'), { withFileTypes: true }).filter((entry) =>
  entry.isDirectory(),
))
  readme(
    `leads to the page of ${board.name}, which tells of the serial port and of each line of the start`,
    () => {
      const path = `board/${board.name}/README.md`;
      assert.ok(byPath.get('README.md')?.links.some((href) => href.split('#')[0] === path));
      const page = readFileSync(join(repository, path), 'utf8');
      for (const needed of [
        /serial port is the .*plug|serial port is the first one/,
        /What is printed .*What to press/,
      ])
        assert.match(page, needed);
      // The words of boot loader, system and setup, in this order.
      const lines = [
        '`Plait: starting slot a; tries left after this one: 2.`',
        '`init started`',
        '`Plait 0.',
        '`[setup] [n]:`',
      ];
      const places = lines.map((line) => page.indexOf(line));
      assert.equal(
        places.filter((place) => place >= 0),
        [...places].sort((a, b) => a - b),
      );
    },
  );

readme('and the index name the same pages', () => {
  const index = byPath.get('docs/README.md');
  const named = index?.links.map((href) => targetOf('docs/README.md', href)?.path);
  assert.equal(
    pages.map(({ path }) => path).filter((path) => path !== 'docs/README.md' && !named?.includes(path)),
    [],
  );
});

readme.run();

/** Links of a page to files that are not there, or to headings that are not in them. */
function deadLinks(page: Page): string[] {
  return page.links.filter((href) => {
    const target = targetOf(page.path, href);
    if (target === undefined) return false;
    if (target.path.startsWith('..') || !existsSync(join(repository, target.path))) return true;
    if (target.anchor === undefined) return false;
    if (statSync(join(repository, target.path)).isDirectory()) return true;
    const there = target.path === page.path ? page : byPath.get(target.path);
    return !there?.anchors.has(target.anchor);
  });
}

/** Undefined for a link to another site: tests ask nothing of the network. */
function targetOf(from: string, href: string): { path: string; anchor: string | undefined } | undefined {
  if (/^[a-z]+:/.test(href)) return undefined;
  const [path = '', anchor] = decodeURI(href).split('#', 2);
  return { path: path === '' ? from : normalize(join(dirname(from), path)).replace(/\/$/, ''), anchor };
}

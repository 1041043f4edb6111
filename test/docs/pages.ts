// SPDX-License-Identifier: MIT
/** The repository's Markdown pages, and what tests want of them: headings, links, blocks of code, commands in sentences. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import GithubSlugger from 'github-slugger';
import { marked, type Token, type Tokens } from 'marked';
import { repository } from '../../src/cli/project.ts';

export interface Page {
  /** Path within the repository. */
  readonly path: string;
  /** What a link can name after `#`. */
  readonly anchors: ReadonlySet<string>;
  /** Where links lead, as written. */
  readonly links: readonly string[];
  readonly blocks: readonly Block[];
  /** Code within sentences. */
  readonly spans: readonly string[];
}

export interface Block {
  readonly language: string;
  /** What stands after the language. */
  readonly marks: string;
  readonly text: string;
  /** Line of the page that it begins on. */
  readonly line: number;
}

/** All pages that belong to the repository, new ones too. */
export function allPages(): Page[] {
  const listed = execFileSync(
    'git',
    ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate', '*.md'],
    { cwd: repository, encoding: 'utf8' },
  );
  return listed.trim().split('\n').map(readPage);
}

function readPage(path: string): Page {
  return parsePage(path, readFileSync(join(repository, path), 'utf8'));
}

export function parsePage(path: string, text: string): Page {
  const slugger = new GithubSlugger();
  const anchors = new Set<string>();
  const links: string[] = [];
  const blocks: Block[] = [];
  const spans: string[] = [];
  let from = 0;
  marked.walkTokens(marked.lexer(text), (token: Token) => {
    if (token.type === 'heading') anchors.add(slugger.slug(plain(token)));
    if (token.type === 'link' || token.type === 'image') links.push((token as Tokens.Link).href);
    if (token.type === 'codespan') spans.push((token as Tokens.Codespan).text);
    if (token.type !== 'code') return;
    const { lang = '', text: code } = token as Tokens.Code;
    const [language = '', ...marks] = lang.split(' ');
    const at = text.indexOf(`\`\`\`${lang}\n`, from);
    from = at + 1;
    blocks.push({ language, marks: marks.join(' '), text: code, line: text.slice(0, at).split('\n').length });
  });
  return { path, anchors, links, blocks, spans };
}

/** A heading's words without their formatting. */
function plain(token: Token): string {
  if ('tokens' in token && token.tokens && token.tokens.length > 0) return token.tokens.map(plain).join('');
  return 'text' in token ? String(token.text) : '';
}

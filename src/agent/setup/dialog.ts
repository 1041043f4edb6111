// SPDX-License-Identifier: MIT
/** Setup as questions on a terminal: plain lines of 40 columns. Each answer is on the medium before the next question. */
import type { Heard, PortFacts, SetupFacts } from '../../appliance/setup/answers.ts';
import { checkPassword, isHash, MAKE } from '../../appliance/setup/password.ts';
import type { Question } from '../../appliance/setup/questions.ts';
import { refusalText, stuckText, type Walk, walk } from '../../appliance/setup/walk.ts';
import { Complaint } from '../../appliance/units.ts';
import { ask, type Context } from '../commands/context.ts';
import { DATA_PROBLEM } from '../paths.ts';
import { errorText } from '../ports.ts';
import { sleep } from '../sleep.ts';
import { checkText } from './check-text.ts';
import { difference } from './difference.ts';
import { readFacts, readPorts } from './facts.ts';
import { applyText, checkUplinks, WITHIN } from './finish.ts';
import { forgetAnswers, keepAnswers, keptAnswers } from './kept-answers.ts';
import { LineInput } from './line-input.ts';
import { linkedPorts, watchLinks } from './links.ts';
import { listenOnPorts } from './listen.ts';
import { hashPassword, newPassword } from './password-hash.ts';
import { PlugWatch } from './plug-watch.ts';
import type { Terminal } from './ports.ts';
import { allOk } from './uplink-check.ts';
import { fold, WIDTH, wrap } from './wrap.ts';

/** `left`: the person went away; answers are kept. */
export type Outcome = 'kept' | 'reverted' | 'left';

/** Who presses Ctrl-C, types q, or hangs up. */
class Leave extends Error {}

/** After a refused answer, what was pasted behind it is dropped: it would answer other questions. */
const PASTE_PAUSE = 300;
/** What autonegotiation takes. */
const LINK_TIME = 3000;

export class Dialog {
  readonly #context: Context;
  readonly #terminal: Terminal;
  readonly #input: LineInput;
  readonly #heard = new Map<string, Heard[]>();
  /** Answers that were taken back, to be proposed again. */
  readonly #before: Record<string, string> = {};

  constructor(context: Context, terminal: Terminal) {
    this.#context = context;
    this.#terminal = terminal;
    this.#input = new LineInput((text) => terminal.write(text));
    terminal.listen(
      (bytes) => this.#input.feed(bytes),
      () => this.#input.end(),
    );
  }

  async run(): Promise<Outcome> {
    try {
      return await this.#run();
    } catch (error) {
      if (!(error instanceof Leave)) throw error;
      this.#say('Left. The answers so far are kept: "plaitctl setup" goes on.');
      return 'left';
    }
  }

  /** Whether to begin at all; Enter alone is no. */
  async offer(): Promise<boolean> {
    this.#say('This board is not set up yet. Set it up now? y and Enter; Enter alone: later.');
    const line = await this.#input.read('[setup] [n]: ');
    return line.kind === 'line' && /^y(es)?$/i.test(line.text.trim()) && !line.foreign;
  }

  async #run(): Promise<Outcome> {
    const { ports, options } = this.#context;
    const kept = options.has('anew') ? {} : keptAnswers(ports.files);
    const facts = readFacts(this.#context);
    this.#greet(kept, facts);
    // Ports that were only just set up negotiate their link first.
    await this.#pause(LINK_TIME);
    await this.#listen(readPorts(this.#context));
    const answers: Record<string, string> = { ...kept };
    for (;;) {
      const at = walk(answers, this.#withHeard(facts), { all: options.has('all') });
      if (at.state === 'asking') await this.#question(at, answers, facts);
      else if (at.state === 'stuck') this.#takeBack(at, answers, stuckText(at.problems));
      else if (await this.#wantsToApply(at, answers, facts)) return this.#finish(at.text);
    }
  }

  #greet(kept: Readonly<Record<string, string>>, { base }: SetupFacts): void {
    this.#terminal.write('\n');
    this.#say(base === undefined ? 'Plait setup.' : 'Plait setup. Enter keeps what is in force.');
    this.#say('?: help, <: back, q: leave, a: find a port by its cable');
    if (this.#context.ports.files.read(DATA_PROBLEM) !== undefined)
      this.#say('The data partition cannot be used: all answers are lost when the board is switched off.');
    const known = Object.keys(kept);
    if (known.length > 0) {
      this.#say('Going on. Answers so far (plaitctl setup --anew begins again):');
      for (const id of known) this.#terminal.write(fold(`  ${id}: ${shown(id, kept[id] ?? '')}`));
    }
  }

  async #question(
    at: Extract<Walk, { state: 'asking' }>,
    answers: Record<string, string>,
    facts: SetupFacts,
  ): Promise<void> {
    const { next, refused } = at;
    if (refused) await this.#refuse(refusalText(refused));
    delete answers[next.id];
    this.#terminal.write('\n');
    if (next.ports) this.#showPorts(this.#withHeard(facts).ports);
    this.#say(`${next.ask}.`);
    const typed = await this.#line(next.id, this.#before[next.id] ?? next.proposal, next.secret);
    if (typed === '<') {
      this.#back(at, answers);
    } else if (typed === '?') {
      this.#say(next.help);
    } else if (typed.toLowerCase() === 'a' && next.ports) {
      await this.#findPort(next, facts, answers);
    } else {
      const answer = next.secret ? await this.#password(typed) : typed;
      if (answer !== undefined) this.#accept(next, answer, answers);
    }
  }

  /** An answer that is refused is said so by the next look at all of them, and is not kept. */
  #accept(question: Question, answer: string, answers: Record<string, string>): void {
    const result = question.accept(answer);
    answers[question.id] = result instanceof Complaint ? answer : result;
    if (result instanceof Complaint) return;
    delete this.#before[question.id];
    keepAnswers(this.#context.ports.files, answers);
  }

  #back({ answered }: Walk, answers: Record<string, string>): void {
    const last = answered[answered.length - 1];
    if (last === undefined) {
      this.#say('This is the first question.');
      return;
    }
    const answer = answers[last.id];
    if (answer !== undefined && !last.secret) this.#before[last.id] = answer;
    delete answers[last.id];
    keepAnswers(this.#context.ports.files, answers);
  }

  /** No question answers for what is wrong: the last one is asked again, from where `<` leads on. */
  #takeBack(at: Walk, answers: Record<string, string>, why: string): void {
    this.#say(why);
    this.#back(at, answers);
  }

  /** What is kept of a password; undefined: ask again. */
  async #password(typed: string): Promise<string | undefined> {
    if (typed === 'none' || typed === 'keep' || isHash(typed)) return typed;
    const { ports } = this.#context;
    if (typed === MAKE) {
      const made = newPassword(ports);
      this.#say('Write it down, it is shown once:');
      this.#terminal.write(`  ${made}\n`);
      const typedBack = await this.#line('password.noted', 'noted');
      if (typedBack === 'noted' || typedBack === made) return hashPassword(ports, made);
      this.#say('That is another one.');
      return undefined;
    }
    const complaint = checkPassword(typed);
    if (complaint) {
      await this.#refuse(`It ${complaint.message}: ${complaint.remedy}`);
      return undefined;
    }
    if ((await this.#line('password.again', undefined, true)) === typed) return hashPassword(ports, typed);
    await this.#refuse('The two differ: type it again');
    return undefined;
  }

  /** One line, without blanks around it. Enter alone is the proposal. */
  async #line(id: string, proposal: string | undefined, secret = false): Promise<string> {
    for (;;) {
      const line = await this.#input.read(this.#prompt(id, proposal), secret);
      if (line.kind !== 'line') throw new Leave();
      const text = secret ? line.text : line.text.trim();
      if (line.foreign) {
        await this.#refuse('That has bytes that are no ASCII: is the speed right? Type it again');
      } else if (text === '' && proposal !== undefined) {
        return proposal;
      } else if (text === 'q') {
        throw new Leave();
      } else if (text !== '') {
        return text;
      }
    }
  }

  #prompt(id: string, proposal: string | undefined): string {
    if (proposal === undefined) return `[${id}]: `;
    const line = `[${id}] [${proposal}]: `;
    // A program that answers finds the question by the beginning of its last line.
    return line.length <= WIDTH - 8 ? line : `${wrap(`Enter: ${proposal}`)}[${id}]: `;
  }

  async #refuse(text: string): Promise<void> {
    this.#say(`${text}.`);
    if (!this.#input.hasWaiting) return;
    do {
      this.#input.discard();
      await this.#pause(PASTE_PAUSE);
    } while (this.#input.hasWaiting);
    this.#say('(What was pasted behind it is dropped.)');
  }

  #withHeard(facts: SetupFacts): SetupFacts {
    return {
      ...facts,
      ports: facts.ports.map((port) => ({ ...port, heard: this.#heard.get(port.name) ?? [] })),
    };
  }

  async #listen(ports: readonly PortFacts[]): Promise<void> {
    const names = ports.filter(({ carrier }) => carrier).map(({ name }) => name);
    if (names.length === 0) return;
    this.#say(`Listening on ${names.join(', ')} ...`);
    try {
      for (const [port, heard] of await listenOnPorts(this.#context, names)) this.#heard.set(port, heard);
    } catch (error) {
      this.#say(`Nothing could be heard: ${errorText(error)}.`);
    }
  }

  #showPorts(ports: readonly PortFacts[]): void {
    const linked = linkedPorts(
      this.#context,
      ports.map(({ name }) => name),
    );
    for (const { name, mac = '', heard } of ports) {
      this.#terminal.write(fold(`  ${name}  ${mac}  ${linked.has(name) ? 'link' : 'no link'}`));
      for (const one of heard) this.#terminal.write(wrap(heardText(one), '    '));
    }
  }

  async #findPort(question: Question, facts: SetupFacts, answers: Record<string, string>): Promise<void> {
    const names = facts.ports.map(({ name }) => name);
    const watch = new PlugWatch(linkedPorts(this.#context, names));
    this.#say('Plug the cable in now; or pull it out, and put it back. Enter: give up.');
    let found: string | undefined;
    const links = watchLinks(this.#context, () => {
      const seen = watch.change(linkedPorts(this.#context, names));
      if (seen.event === 'lost') this.#say(`${seen.port} lost its link. Now put it back.`);
      if (seen.event === 'several') this.#say(`${seen.ports.join(', ')} changed. Only one cable, please.`);
      if (seen.event !== 'found') return;
      found = seen.port;
      this.#input.cancel();
    });
    try {
      const line = await this.#input.read('[plug]: ');
      if (line.kind === 'leave') throw new Leave();
    } finally {
      links.stop();
    }
    if (found === undefined) return;
    this.#say(`${found} has a link.`);
    await this.#listen(
      facts.ports.filter(({ name }) => name === found).map((port) => ({ ...port, carrier: true })),
    );
    this.#before[question.id] = found;
    delete answers[question.id];
  }

  async #wantsToApply(
    at: Extract<Walk, { state: 'done' }>,
    answers: Record<string, string>,
    { base = '' }: SetupFacts,
  ): Promise<boolean> {
    this.#terminal.write('\n');
    this.#say(at.unchanged ? 'Nothing changes.' : 'This changes in plait.yaml:');
    for (const line of difference(base, at.text)) this.#terminal.write(fold(line));
    if (!at.unchanged && /^\s*#/m.test(base))
      this.#say('Comments of the file before are lost; it is kept as an old version.');
    this.#say('Apply it? It goes back by itself unless kept.');
    for (;;) {
      const typed = await this.#line('apply', 'yes');
      if (/^y(es)?$/i.test(typed)) return true;
      if (/^no?$/i.test(typed)) throw new Leave();
      if (typed === '<') {
        this.#back(at, answers);
        return false;
      }
      this.#say('yes: apply. no: leave, the answers are kept. <: back to the last question.');
    }
  }

  async #finish(text: string): Promise<Outcome> {
    this.#say('Applying ...');
    const { pending, warnings } = applyText(this.#context, text);
    for (const warning of warnings) this.#say(`Warning: ${warning}.`);
    this.#say('Looking at the uplinks ...');
    const checks = await checkUplinks(this.#context, text, this.#heard);
    this.#terminal.write(checkText(checks));
    if (!pending || (await this.#wantsToKeep(allOk(checks)))) {
      if (pending) ask(this.#context, 'confirm', {});
      forgetAnswers(this.#context.ports.files);
      this.#say('Done: kept, also for the next start.');
      return 'kept';
    }
    ask(this.#context, 'revert', {});
    this.#say('Gone back to what was before. The answers are kept.');
    return 'reverted';
  }

  /** Who hangs up here has it go back by itself. */
  async #wantsToKeep(allOk: boolean): Promise<boolean> {
    this.#say(`Keep it? Without an answer it goes back in ${WITHIN / 60_000} minutes.`);
    for (;;) {
      const line = await this.#input.read(allOk ? '[keep] [yes]: ' : '[keep]: ');
      if (line.kind !== 'line') return false;
      const typed = line.text.trim();
      if (line.foreign) continue;
      if (/^y(es)?$/i.test(typed) || (typed === '' && allOk)) return true;
      if (/^no?$/i.test(typed)) return false;
      this.#say('yes: keep it. no: go back to what was before.');
    }
  }

  #say(text: string): void {
    this.#terminal.write(wrap(text));
  }

  #pause(ms: number): Promise<void> {
    return sleep(this.#context.ports.clock, ms);
  }
}

function shown(id: string, answer: string): string {
  return id === 'password' ? '(not shown)' : answer;
}

function heardText(heard: Heard): string {
  const vlan = heard.vlan === undefined ? '' : ` on VLAN ${heard.vlan}`;
  if (heard.what === 'vlan') return `sees VLAN ${heard.vlan}`;
  if (heard.what === 'pppoe') return `PPPoE answers${vlan}: not supported`;
  return `DHCP answers${vlan}: ${heard.address ?? heard.server}`;
}

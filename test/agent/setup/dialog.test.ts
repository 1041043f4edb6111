// SPDX-License-Identifier: MIT
/**
 * Setup on a terminal, with the board in memory: what a person types, what it says in 40 columns, and a power cut after
 * every question.
 */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { ControlPorts } from '../../../src/agent/commands/context.ts';
import { control } from '../../../src/agent/control.ts';
import { SETUP_ANSWERS } from '../../../src/agent/paths.ts';
import type { Clock } from '../../../src/agent/ports.ts';
import { parseConfig } from '../../../src/appliance/config.ts';
import { fakeAgent } from '../support/agent.ts';
import { BRANCH, fakeBoard } from '../support/board.ts';
import { oddCharacters } from './screen.ts';

const HASH = `$6$abcdefgh$${'x'.repeat(86)}`;
const PASSWORD = 'correct horse';

/** Time that passes as soon as nothing else is to be done. */
class QuickClock implements Clock {
  #now = 0;
  monotonic = () => this.#now;
  wall = () => this.#now;
  after(ms: number, run: () => void) {
    const end = this.#now + ms;
    const timer = setImmediate(() => {
      this.#now = Math.max(this.#now, end);
      run();
    });
    return { cancel: () => clearImmediate(timer) };
  }
}

interface World {
  /** Configuration in force; absent: safe defaults. */
  base?: string;
  /** State of each uplink after apply. */
  uplinks?: string;
  files?: Map<string, string>;
  /** The medium takes no write after so many: the power is cut. */
  powerCut?: number;
}

interface Seen {
  code: number | undefined;
  screen: string;
  err: string;
  out: string;
  asked: string[];
  applied: string | undefined;
  files: Map<string, string>;
  modes: Map<string, number>;
}

/** Types answers at the prompts: a function of the question's id; undefined: the power is cut there. */
async function plaitctl(
  args: string,
  type: (id: string, count: number) => string | undefined,
  world: World = {},
): Promise<Seen> {
  const board = fakeBoard();
  for (const [path, text] of world.files ?? []) board.files.content.set(path, text);
  const agent = fakeAgent({}, board);
  const seen: Seen = {
    code: undefined,
    screen: '',
    err: '',
    out: '',
    asked: [],
    applied: undefined,
    files: board.files.content,
    modes: board.files.modes,
  };
  let cut: () => void = () => {};
  const powerCut = new Promise<undefined>((resolve) => {
    cut = () => resolve(undefined);
  });
  let take: (bytes: Uint8Array) => void = () => {};
  let from = 0;
  const ports: ControlPorts = {
    ports: {
      ...agent.ports,
      clock: new QuickClock(),
      disks: { ...agent.ports.disks, readAt: () => Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
      processes: {
        ...agent.ports.processes,
        run: async (argv) => ({ code: 0, stdout: argv[0] === 'cryptpw' ? `${HASH}\n` : '', stderr: '' }),
      },
      sockets: {
        ...agent.ports.sockets,
        netlink: () => ({
          send: () => {},
          receive: () => undefined,
          onReadable: () => {},
          join: () => {},
          close: () => {},
        }),
        call: () => ({
          ask: (line) => JSON.stringify({ id: 1, result: answer(JSON.parse(line), world, seen) }),
          close: () => {},
        }),
      },
    },
    kernel: () => board.kernel,
    setup: () => ({
      lock: () => true,
      datagrams: () => ({ send: () => {}, close: () => {} }),
      terminal: () => ({
        listen: (on) => {
          take = on;
        },
        close: () => {},
        write(text) {
          seen.screen += text;
          const [, id] = /\[([a-z0-9.-]+)\](?: \[.*\])?: $/.exec(seen.screen.slice(from)) ?? [];
          if (id === undefined) return;
          from = seen.screen.length;
          seen.asked.push(id);
          const typed = type(id, seen.asked.length);
          if (typed === undefined) cut();
          else setImmediate(() => take(Buffer.from(typed.endsWith('\x03') ? typed : `${typed}\r`)));
        },
      }),
    }),
    out: (text) => {
      seen.out += text;
    },
    err: (text) => {
      seen.err += text;
    },
    env: () => undefined,
  };
  const words = args.split(' ').filter((word) => word !== '');
  seen.code = await Promise.race([control(words, ports), powerCut]);
  return seen;
}

function answer(
  { method, params }: { method: string; params: { text?: string } },
  { base, uplinks = 'up' }: World,
  seen: Seen,
): unknown {
  if (method === 'show') return { text: base };
  if (method === 'apply') {
    seen.applied = params.text;
    return { changes: ['one'], pending: true, seconds: 300, warnings: [] };
  }
  seen.asked.push(`-> ${method}`);
  if (method !== 'status') return { confirmed: true, changes: [] };
  seen.asked.pop();
  const parsed = parseConfig(seen.applied ?? '');
  const names = parsed.ok ? Object.entries(parsed.config.uplinks) : [];
  return {
    config: { source: base === undefined ? 'safe defaults' : 'confirmed' },
    applying: false,
    uplinks: names.map(([name, { port }]) => ({
      name,
      device: port,
      state: uplinks,
      refused: [],
      ...(uplinks === 'up'
        ? {
            address: '192.0.2.2/24',
            gateway: '192.0.2.1',
            health: { alive: true, rttMs: 12, sent: 1, received: 1 },
          }
        : {}),
    })),
  };
}

const ANSWERS: Readonly<Record<string, string>> = {
  password: PASSWORD,
  'password.again': PASSWORD,
  hostname: 'branch-12',
  'lan.address': '192.168.50.1/24',
  'uplink.1.port': 'eth1.5',
  'uplink.1.name': 'dsl',
  'uplink.2.port': 'eth1.6',
  'uplink.2.name': 'cable',
  'uplink.2.address': '203.0.113.6/29, 203.0.113.1',
};
const given = (id: string) => ANSWERS[id] ?? '';
const FILE = Object.entries(ANSWERS)
  .filter(([id]) => id !== 'password.again')
  .map(([id, text]) => `${id}: ${JSON.stringify(text)}\n`)
  .join('');

/** Without the line breaks of a narrow terminal. */
const flat = (screen: string) => screen.replace(/\s+/g, ' ');

const person = suite('setup by a person');

person('is 12 questions for two uplinks; it applies, checks, and keeps', async () => {
  const seen = await plaitctl('setup', given);
  assert.is(seen.code, 0, seen.screen + seen.err);
  assert.equal(
    seen.asked.filter((id) => id !== 'password.again'),
    [
      ...['password', 'hostname', 'lan.ports', 'lan.address', 'lan.dhcp'],
      ...['uplink.1.port', 'uplink.1.name', 'uplink.1.address'],
      ...['uplink.2.port', 'uplink.2.name', 'uplink.2.address', 'uplink.3.port'],
      ...['apply', 'keep', '-> confirm'],
    ],
  );
  assert.match(seen.screen, 'ok   router 192.0.2.1 answers, 12 ms');
  assert.not.ok(seen.files.has(SETUP_ANSWERS));
});

person('reads well in 40 columns, in plain characters, and tells no secret', async () => {
  const tried: Record<string, string[]> = {
    'lan.address': ['?', '10.0.0.1'],
    'uplink.1.port': ['eth0', '?'],
  };
  const typed: string[] = [];
  const seen = await plaitctl('setup', (id) => {
    typed.push(tried[id]?.[0] ?? given(id));
    return tried[id]?.shift() ?? given(id);
  });
  assert.is(seen.code, 0);
  assert.equal(oddCharacters(seen.screen), []);
  // Without what was typed: a long answer may go on in the next line.
  for (const line of seen.screen.split('\n')) {
    const answered = typed.find((text) => text !== '' && line.endsWith(text)) ?? '';
    assert.ok(line.length - answered.length < 40, `${line.length}: ${line}`);
  }
  assert.not.match(seen.screen, PASSWORD);
  assert.not.match(seen.screen, '$6$');
  assert.match(flat(seen.screen), 'has no prefix length');
});

person('Enter alone is enough, and shows the password that it made', async () => {
  const seen = await plaitctl('setup', () => '');
  assert.is(seen.code, 0, seen.screen);
  assert.match(seen.screen, /^ {2}[a-z]{4}(-[a-z]{4}){3}$/m);
  assert.ok(parseConfig(seen.applied ?? '').ok);
});

person('of a configured board changes nothing by Enter alone, not a byte', async () => {
  const seen = await plaitctl('setup', (id) => (id === 'password' ? 'none' : ''), { base: BRANCH });
  assert.is(seen.applied, BRANCH);
  assert.match(seen.screen, 'Nothing changes.');
});

person('may go back, and finds the answer there', async () => {
  let back = 0;
  const seen = await plaitctl('setup', (id) =>
    id === 'lan.ports' && back++ === 0 ? '<' : id === 'hostname' && back > 0 ? '' : given(id),
  );
  assert.is(seen.code, 0);
  assert.equal(seen.asked.slice(2, 6), ['hostname', 'lan.ports', 'hostname', 'lan.ports']);
  assert.match(seen.screen, '[hostname] [branch-12]: ');
});

person('what was pasted behind a refused answer is dropped, and answers nothing', async () => {
  let first = true;
  const seen = await plaitctl('setup', (id) => {
    if (id !== 'lan.address' || !first) return given(id);
    first = false;
    return '10.0.0.1\rnone\rnone\rwrong\r';
  });
  assert.is(seen.code, 0);
  assert.match(flat(seen.screen), 'pasted behind it is dropped');
  assert.match(seen.applied ?? '', 'address: 192.168.50.1/24');
});

person('noise at a question is refused, and not taken for Enter or an answer', async () => {
  let first = true;
  const seen = await plaitctl('setup', (id) => {
    if (id !== 'hostname' || !first) return given(id);
    first = false;
    return 'Büro';
  });
  assert.is(seen.code, 0);
  assert.match(seen.applied ?? '', 'hostname: branch-12');
});

person('Ctrl-C leaves at each question, changes nothing, and q does too', async () => {
  for (const key of ['\x03', 'q']) {
    for (const stop of ['password', 'lan.dhcp', 'apply']) {
      const seen = await plaitctl('setup', (id) => (id === stop ? key : given(id)));
      assert.equal([seen.code, seen.applied], [1, undefined], stop);
    }
  }
});

person('an uplink that fails its check says what to do, and only a yes keeps it', async () => {
  for (const [typed, method, code] of [
    ['no', 'revert', 1],
    ['yes', 'confirm', 0],
  ] as const) {
    const seen = await plaitctl('setup', (id) => (id === 'keep' ? typed : given(id)), {
      uplinks: 'no carrier',
    });
    assert.is(seen.code, code);
    assert.is(seen.asked[seen.asked.length - 1], `-> ${method}`);
    assert.match(seen.screen, /FAIL no link on eth1\n.*-> plug the cable/);
    assert.is(seen.files.has(SETUP_ANSWERS), code === 1);
  }
});

const cuts = suite('power cuts during setup');

cuts('after each question it goes on there, and the end is the same', async () => {
  const whole = await plaitctl('setup', given);
  const questions = whole.asked.filter(
    (id) => !id.startsWith('-') && !['password.again', 'keep'].includes(id),
  );
  let passed = 0;
  for (const at of questions) {
    const before = await plaitctl('setup', (id) => (id === at ? undefined : given(id)));
    assert.is(before.code, undefined);
    if (before.files.has(SETUP_ANSWERS)) assert.is(before.modes.get(SETUP_ANSWERS), 0o600);
    assert.not.match(before.files.get(SETUP_ANSWERS) ?? '', PASSWORD);
    // What is in memory is gone.
    const files = new Map([...before.files].filter(([path]) => path.startsWith('/data/')));
    const after = await plaitctl('setup', given, { files });
    assert.is(after.asked[0], at);
    assert.is(after.applied, whole.applied);
    passed++;
  }
  console.log(`\n  ${passed} of ${questions.length} questions`);
});

cuts('answers that cannot be read, or do not fit any more, are asked for again', async () => {
  for (const text of [
    '',
    '{',
    '[]',
    '{"format":9,"answers":{"hostname":"x"}}',
    '{"format":1,"answers":{"hostname":5}}',
  ]) {
    const seen = await plaitctl('setup', given, { files: new Map([[SETUP_ANSWERS, text]]) });
    assert.equal([seen.code, seen.asked[0]], [0, 'password'], text);
  }
  const files = new Map([
    [SETUP_ANSWERS, JSON.stringify({ format: 1, answers: { password: HASH, 'lan.ports': 'eth7' } })],
  ]);
  const seen = await plaitctl('setup', given, { files });
  assert.is(seen.code, 0);
  assert.match(flat(seen.screen), '"eth7" is not a port of this board');
});

const file = suite('setup by a file of answers');

file('gives the very bytes that the dialog gives', async () => {
  const byPerson = await plaitctl('setup', given);
  const files = new Map([['/tmp/answers.yaml', FILE]]);
  const byFile = await plaitctl('setup --answers /tmp/answers.yaml', () => undefined, { files });
  assert.is(byFile.code, 0, byFile.err);
  assert.is(byFile.applied, byPerson.applied);
  const printed = await plaitctl('setup --answers /tmp/answers.yaml --print', () => undefined, { files });
  assert.equal([printed.code, printed.out, printed.applied], [0, byPerson.applied, undefined]);
});

file('tells all that is wrong, with the line and the remedy, and changes nothing', async () => {
  const text = 'hostnam: x\nlan.ports: 5\npassword: short\n';
  const wrong = await plaitctl('setup --answers /tmp/a', () => undefined, {
    files: new Map([['/tmp/a', text]]),
  });
  assert.equal([wrong.code, wrong.applied], [1, undefined]);
  assert.match(wrong.err, 'line 1: hostnam is no question of setup: did you mean hostname?');
  assert.match(wrong.err, 'line 2: lan.ports 5 is not read as a text: put it in quotes.');
  assert.match(wrong.err, 'line 3: password "(not shown)" is too short');
  const judged = 'lan.address: 10.0.0.1\nuplink.1.port: eth0\nuplink.3.name: far\n';
  const refused = await plaitctl('setup --answers /tmp/a --json', () => undefined, {
    files: new Map([['/tmp/a', judged]]),
  });
  const { ok, problems } = JSON.parse(refused.out);
  assert.equal(
    [refused.code, ok, problems.map(({ path }: { path: string }) => path)],
    [1, false, ['lan.address', 'uplink.1.port', 'uplink.3.name']],
  );
});

file('goes back when an uplink does not pass, unless it is to be kept', async () => {
  const files = new Map([['/tmp/a', FILE]]);
  const seen = await plaitctl('setup --answers /tmp/a --json', () => undefined, {
    files,
    uplinks: 'no address',
  });
  const { kept, checks } = JSON.parse(seen.out);
  assert.equal([seen.code, kept, seen.asked], [1, false, ['-> revert']]);
  assert.ok(
    checks.some(
      ({ step, ok, remedy }: { step: string; ok: boolean; remedy: string }) =>
        step === 'address' && !ok && remedy,
    ),
  );
  const again = await plaitctl('setup --answers /tmp/a --keep', () => undefined, {
    files,
    uplinks: 'no address',
  });
  assert.equal([again.code, again.asked], [0, ['-> confirm']]);
});

file('a password that is made is told once', async () => {
  const files = new Map([['/tmp/a', 'hostname: x\n']]);
  const seen = await plaitctl('setup --answers /tmp/a', () => undefined, { files });
  assert.match(seen.out, /^password of root: [a-z]{4}(-[a-z]{4}){3}$/m);
});

file('wrong use is said so', async () => {
  for (const args of ['--json', '--print', '--keep', '--answers /tmp/a --anew', '--answers', 'now'])
    assert.is((await plaitctl(`setup ${args}`, () => undefined)).code, 2, args);
});

const offer = suite('the offer on a new board');

offer('begins by y only, and is silent on a board that was set up', async () => {
  const no = await plaitctl('setup --offer', () => '');
  assert.equal([no.code, no.asked], [0, ['setup']]);
  const yes = await plaitctl('setup --offer', (id) => (id === 'setup' ? 'y' : given(id)));
  assert.equal([yes.code, yes.asked[1]], [0, 'password']);
  const files = new Map([['/data/plait/config/000001-0.1.0-00000000.yaml', '']]);
  const done = await plaitctl('setup --offer', () => undefined, { files });
  assert.equal([done.code, done.screen], [0, '']);
});

person.run();
cuts.run();
file.run();
offer.run();

// SPDX-License-Identifier: MIT
/** Entry of the one executable: the name it was called by says whether it is the daemon or the command. */
import * as os from 'quickjs-os';
import * as std from 'quickjs-std';
import { control } from './control.ts';
import { Daemon } from './daemon.ts';
import { watchKernel } from './events.ts';
import { netlinkKernel } from './netlink/kernel.ts';
import { RUN } from './paths.ts';
import { holdLock, quickjsPorts } from './platform/quickjs/ports.ts';
import { setupPorts } from './platform/quickjs/setup.ts';
import { errorText } from './ports.ts';
import { serveControl } from './server.ts';

const [program = 'plaitctl', ...args] = scriptArgs;

if (program.slice(program.lastIndexOf('/') + 1) === 'plaitd') runDaemon();
else runControl();

function runControl(): void {
  const ports = quickjsPorts({ name: 'plaitctl', daemon: false });
  let kernel: ReturnType<typeof netlinkKernel> | undefined;
  control(args, {
    ports,
    kernel: () => {
      kernel ??= netlinkKernel(ports.sockets);
      return kernel;
    },
    setup: () => setupPorts,
    // Through a pipe, as by ssh, nothing would be seen before the end.
    out: (text) => {
      std.out.puts(text);
      std.out.flush();
    },
    err: (text) => std.err.puts(text),
    env: std.getenv,
  }).then(
    (code) => std.exit(code),
    (error) => {
      std.err.puts(`plaitctl: ${errorText(error)}\n`);
      std.exit(1);
    },
  );
}

function runDaemon(): void {
  if (args.length > 0) {
    std.err.puts(`plaitd takes no arguments ("${args.join(' ')}"); plaitctl talks to it\n`);
    std.exit(2);
  }
  const ports = quickjsPorts({ name: 'plaitd', daemon: true, stop });
  ports.files.makeFolder(RUN, 0o755);
  if (!holdLock(`${RUN}/plaitd.lock`)) {
    std.err.puts('plaitd is running already\n');
    std.exit(1);
  }
  const kernel = netlinkKernel(ports.sockets);
  const daemon = new Daemon(ports, kernel);
  const server = serveControl(daemon, ports, kernel);
  watchKernel(daemon, kernel, ports);
  ports.log('info', `plaitd ${PLAIT_VERSION} for ${PLAIT_BOARD}, process ${os.getpid()}`);
  daemon.boot().catch(fail);

  function stop(): void {
    ports.log('info', 'plaitd ends');
    server.close();
    daemon.stop().then(() => std.exit(0), fail);
  }

  function fail(error: unknown): void {
    ports.log('error', `plaitd: ${errorText(error)}`);
    std.exit(1);
  }
}

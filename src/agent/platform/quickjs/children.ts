// SPDX-License-Identifier: MIT
/** Signals: ends of children, and being asked to end. */
import * as native from 'plait_native';
import * as os from 'quickjs-os';

const SIGTERM = 15;
const SIGCHLD = 17;
const SIGINT = 2;

/** Ends of children by process id. */
export type Children = Map<number, (code: number) => void>;

export interface Signals {
  children: Children;
  /** Listens to ends of children; the event loop goes on as long as it does. */
  listen(): void;
  rest(): void;
}

export function watchSignals(stop: (() => void) | undefined): Signals {
  const children: Children = new Map();
  const fd = native.signalFd(stop === undefined ? [SIGCHLD] : [SIGCHLD, SIGTERM, SIGINT]);
  const take = () => {
    for (let signal = native.readSignal(fd); signal !== null; signal = native.readSignal(fd)) {
      if (signal === SIGCHLD) reapAll(children);
      else stop?.();
    }
  };
  return {
    children,
    listen: () => os.setReadHandler(fd, take),
    rest: () => os.setReadHandler(fd, null),
  };
}

function reapAll(children: Children): void {
  for (let ended = native.reap(); ended !== null; ended = native.reap()) {
    const [pid, code] = ended;
    const tell = children.get(pid);
    children.delete(pid);
    tell?.(code);
  }
}

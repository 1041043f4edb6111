// SPDX-License-Identifier: MIT
/** Which of the kernel's input devices is the button. */
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findButton } from '../../../src/agent/panel/button-device.ts';
import { BUTTON_DEVICES } from '../support/fake-panel.ts';
import { FakeFiles } from '../support/fake-ports.ts';

const find = (devices: string, arch = 'i586') =>
  findButton(new FakeFiles({ '/proc/bus/input/devices': devices, '/proc/sys/kernel/arch': `${arch}\n` }));
const device = (name: string, keys: string, handlers = 'kbd event3') =>
  `I: Bus=0019\nN: Name="${name}"\nH: Handlers=${handlers} \nB: EV=3\nB: KEY=${keys}\n\n`;
/** KEY_RESTART and BTN_1 in words of 64 bits. */
const RESTART = '1000000 0 0 0 0 0 0';
const BTN_1 = '2 0 0 0 0';

const button = suite('the button among input devices');

for (const [what, devices, arch, found] of [
  ['of an ALIX', BUTTON_DEVICES, 'i586', { code: 408, path: '/dev/input/event1' }],
  [
    'of an APU by its driver',
    device('apu2-keys', RESTART),
    'x86_64',
    { code: 408, path: '/dev/input/event3' },
  ],
  ['of an APU by ACPI', device('PRP0001:01', BTN_1), 'x86_64', { code: 257, path: '/dev/input/event3' }],
  ['without evdev', device('gpio-keys-polled', RESTART, 'kbd'), 'x86_64', { code: 408 }],
  [
    'beside a power button',
    `${device('Power Button', '10000000000000 0')}${device('apu2-keys', RESTART)}`,
    'x86_64',
    { code: 408, path: '/dev/input/event3' },
  ],
  ['that is a power button', device('gpio-keys', '10000000000000 0'), 'x86_64', undefined],
  ['that is a keyboard with such a key', device('gpio-keys', '1000000 0 0 0 0 0 2'), 'x86_64', undefined],
  ['that is one of two keys', device('gpio-keys', '3000000 0 0 0 0 0 0'), 'x86_64', undefined],
  ["that is somebody's remote control", device('Remote', RESTART), 'x86_64', undefined],
  ['that has no keys', 'N: Name="gpio-keys"\nH: Handlers=event0\n', 'x86_64', undefined],
  ['that is nonsense', device('gpio-keys', 'zz'), 'x86_64', undefined],
  ['that is not there', '', 'x86_64', undefined],
] as const) {
  button(`one ${what}`, () => assert.equal(find(devices, arch), found));
}

button.run();

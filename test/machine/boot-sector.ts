// SPDX-License-Identifier: MIT
/** A disk image of one mebibyte whose boot sector stands in for a whole system, so that the runner can be tested alone. */

/**
 * Writes a copy of the boot sector to the disk's second sector, prints `greeting` on the first serial port, then
 * echoes what comes in and prints the greeting again after each carriage return.
 */
export function talkingDisk(greeting: string): Buffer {
  const disk = Buffer.alloc(1_048_576);
  const code = Buffer.from(
    [
      '31c0 8ed8 8ec0', //         xor ax, ax; mov ds, ax; mov es, ax
      'b80103 bb007c', //          mov ax, 0x0301 (write one sector); mov bx, 0x7c00
      'b90200 ba8000 cd13', //     mov cx, 2; mov dx, 0x80; int 0x13
      'be357c', //                 again: mov si, greeting
      'ac 84c0 7406', //           next: lodsb; test al, al; jz echo
      'baf803 ee ebf5', //         mov dx, 0x3f8; out dx, al; jmp next
      'bafd03 ec a801 74fb', //    echo: mov dx, 0x3fd; wait: in al, dx; test al, 1; jz wait
      'baf803 ec ee', //           mov dx, 0x3f8; in al, dx; out dx, al
      '3c0d 74e1 ebed', //         cmp al, 13; je again; jmp echo
    ]
      .join('')
      .replaceAll(' ', ''),
    'hex',
  );
  code.copy(disk);
  disk.write(`${greeting}\0`, code.length, 'latin1');
  disk.writeUInt16LE(0xaa55, 510);
  return disk;
}

# SPDX-License-Identifier: MIT
# The smallest thing that GRUB takes for a Linux kernel: prints its command line on the serial port and reboots,
# which ends an emulator started with -no-reboot. Offsets are those of the Linux/x86 boot protocol, version 2.06.
    .code16
    .org 0x1f1
    .byte 1                     # setup_sects
    .word 0
    .long (payload_end - payload + 15) / 16
    .word 0, 0, 0
    .word 0xaa55                # boot_flag
    .byte 0xeb, 0x66            # jump over the header
    .ascii "HdrS"
    .word 0x0206                # protocol version
    .long 0
    .word 0, 0
    .byte 0
    .byte 1                     # loadflags: loaded high
    .word 0
    .long 0x100000              # code32_start
    .long 0, 0
    .long 0
    .word 0xfe00                # heap_end_ptr
    .word 0
    .long 0
    .long 0x7fffffff            # initrd_addr_max
    .long 0x1000                # kernel_alignment
    .byte 0, 0
    .word 0
    .long 2047                  # cmdline_size
    .org 0x400

    .code32
payload:
    movl 0x228(%esi), %ebx      # cmd_line_ptr of the boot parameters
    cld
    call 1f
1:  popl %ebp
    leal start_mark - 1b(%ebp), %esi
    call print
    movl %ebx, %esi
    call print
    leal end_mark - 1b(%ebp), %esi
    call print
2:  movw $0x3fd, %dx            # until the last byte has left the transmitter
    inb %dx, %al
    testb $0x40, %al
    jz 2b
    movb $0xfe, %al             # keyboard controller: reset
    outb %al, $0x64
3:  hlt
    jmp 3b

print:
    lodsb
    testb %al, %al
    jz 5f
    movb %al, %cl
    movw $0x3fd, %dx
4:  inb %dx, %al
    testb $0x20, %al
    jz 4b
    movb %cl, %al
    movw $0x3f8, %dx
    outb %al, %dx
    jmp print
5:  ret

start_mark: .asciz "\r\nkernel started with: <"
end_mark:   .asciz ">\r\n"
payload_end:

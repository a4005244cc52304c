"""A kernel for GRUB that says its command line on the first serial port and resets the machine: what was chosen is seen
in a second, in a real machine, without a system."""

from __future__ import annotations

import struct

SECTOR = 512
CODE = bytes.fromhex(
    "8bb628020000"  # mov esi, [esi+0x228]   ; esi: the boot parameters, where the command line's address is
    "ac"  # next: lodsb
    "84c0"  # test al, al
    "7412"  # jz done
    "88c4"  # mov ah, al
    "66bafd03"  # mov dx, 0x3fd              ; the port's line status
    "ec"  # full: in al, dx
    "a820"  # test al, 0x20
    "74fb"  # jz full
    "b2f8"  # mov dl, 0xf8
    "88e0"  # mov al, ah
    "ee"  # out dx, al
    "ebe9"  # jmp next
    "66baf803"  # done: mov dx, 0x3f8
    "b00a"  # mov al, 10
    "ee"  # out dx, al
    "66baf90c"  # mov dx, 0xcf9              ; the chip set's reset
    "b006"  # mov al, 6
    "ee"  # out dx, al
    "f4"  # stop: hlt
    "ebfd"  # jmp stop
)
"""For the 32-bit entry of Linux's boot protocol."""


def kernel() -> bytes:
    """As a `bzImage`, boot protocol 2.06: one sector to boot, one of setup, then the code."""
    head = bytearray(2 * SECTOR)
    head[0x1F1] = 1  # sectors of setup
    struct.pack_into("<I", head, 0x1F4, SECTOR // 16)  # size of the code, in paragraphs
    struct.pack_into("<H", head, 0x1FE, 0xAA55)
    head[0x200:0x202] = b"\xeb\x66"  # the length of the header is reckoned from here
    head[0x202:0x206] = b"HdrS"
    struct.pack_into("<H", head, 0x206, 0x0206)
    head[0x211] = 1  # loaded high
    struct.pack_into("<I", head, 0x214, 0x100000)  # where the code is entered
    struct.pack_into("<I", head, 0x22C, 0x37FFFFFF)  # how high a RAM disk may lie
    struct.pack_into("<I", head, 0x230, 0x1000)  # alignment
    head[0x234] = 0
    struct.pack_into("<I", head, 0x238, 2047)  # longest command line
    return bytes(head) + CODE.ljust(SECTOR, b"\0")

"""TAP 1.8 (1997), by which pages go to a paging terminal: the whole of it, without I/O.

tap_blocks    pages as blocks, and their check
tap_reader    bytes to words, whatever comes
tap_terminal  `Terminal`: a nurse-call host sends to us
tap_sender    `Sender`: we send to a pager system
"""

from nursecall.wire.tap_blocks import Block, Page, checksum, encode_page, read_page
from nursecall.wire.tap_reader import Garbled
from nursecall.wire.tap_sender import Delivered, Refused, Sender, Unreachable
from nursecall.wire.tap_terminal import Terminal

__all__ = [
    "Block",
    "Delivered",
    "Garbled",
    "Page",
    "Refused",
    "Sender",
    "Terminal",
    "Unreachable",
    "checksum",
    "encode_page",
    "read_page",
]

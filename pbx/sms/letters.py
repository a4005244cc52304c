"""What may be sent, and how a message is put on the wire."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pbx.sms.office import Letter
from pbx.sms.pdu import Alphabet, Concatenation, Submit, encode_submit
from pbx.sms.trouble import Unsendable
from pbx.sms.userdata import alphabet_for, cut

MOST_PARTS = 10
_NUMBER = re.compile(r"\+?[0-9]{3,19}")
_BETWEEN = re.compile(r"[ ()./-]")
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def dialable(number: str) -> str:
    """`+86 138-0013-8000` as `+8613800138000`. Raises Unsendable."""
    plain = _BETWEEN.sub("", number.strip())
    if not _NUMBER.fullmatch(plain):
        raise Unsendable("“{number}” is not a telephone number: digits, with or without + before them.", number=number)
    return plain


def parts_of(text: str) -> tuple[str, ...]:
    """`text` cut into at most MOST_PARTS parts. Raises Unsendable."""
    if not text.strip():
        raise Unsendable("The message is empty.")
    if _UNWRITABLE.search(text):
        raise Unsendable("The message has a character that no telephone can show.")
    parts = cut(text, wide=True)
    if len(parts) > MOST_PARTS:
        raise Unsendable(
            "The message is too long: it takes {parts} parts, {most} are allowed.", parts=len(parts), most=MOST_PARTS
        )
    return parts


def pdus(letter: Letter) -> Iterator[bytes]:
    """Every part of an accepted message as SMS-SUBMIT, each asking for a delivery report."""
    alphabet: Alphabet = alphabet_for(letter.text)
    for part, place in pieces(letter):
        yield encode_submit(Submit(letter.to, part, alphabet, place, report=True, validity=letter.validity))


def pieces(letter: Letter, alphabet: Alphabet | None = None) -> list[tuple[str, Concatenation | None]]:
    """The parts of a message, each with its place; None for a message in one part. alphabet: as `cut` takes it.

    The same message has the same reference whenever it is sent, so that parts sent before a restart and after it come
    together in the phone. It has 16 bits: of 8, two of the alarms that one night nurse gets would now and then have
    the same, and her phone would mix them.
    """
    parts = cut(letter.text, wide=True, alphabet=alphabet)
    if len(parts) == 1:
        return [(letter.text, None)]
    reference = int(letter.id[-4:], 16)
    return [(part, Concatenation(reference, len(parts), number, wide=True)) for number, part in enumerate(parts, 1)]

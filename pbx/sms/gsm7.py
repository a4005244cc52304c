"""The GSM 7-bit default alphabet with its extension table (3GPP TS 23.038, 6.2.1), and its packing into octets."""

from __future__ import annotations

from collections.abc import Sequence

ESCAPE = 0x1B

ALPHABET = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞ\x1bÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)

EXTENSION = {
    0x0A: "\f",
    0x14: "^",
    0x28: "{",
    0x29: "}",
    0x2F: "\\",
    0x3C: "[",
    0x3D: "~",
    0x3E: "]",
    0x40: "|",
    0x65: "€",
}

_SEPTETS: dict[str, tuple[int, ...]] = {
    **{character: (code,) for code, character in enumerate(ALPHABET) if code != ESCAPE},
    **{character: (ESCAPE, code) for code, character in EXTENSION.items()},
}


def encodable(text: str) -> bool:
    """Whether every character is in the alphabet or its extension table."""
    return all(character in _SEPTETS for character in text)


def width(character: str) -> int:
    """Septets `character` takes: 1, or 2 from the extension table. Raises KeyError for any other."""
    return len(_SEPTETS[character])


def encode(text: str) -> list[int]:
    """`text` as septets. Raises KeyError for a character that is not in the alphabet."""
    return [septet for character in text for septet in _SEPTETS[character]]


def decode(septets: Sequence[int]) -> str:
    """Septets (0 to 127) as text; as the standard asks, an unknown escape is its plain letter, a lone one a space."""
    text, escaped = "", False
    for septet in septets:
        if escaped:
            text += " " if septet == ESCAPE else EXTENSION.get(septet, ALPHABET[septet])
            escaped = False
        elif septet == ESCAPE:
            escaped = True
        else:
            text += ALPHABET[septet]
    return text + " " if escaped else text


def pack(septets: Sequence[int], fill: int = 0) -> bytes:
    """Septets one after another, lowest bit first, after `fill` empty bits."""
    bits = sum(septet << (7 * place) for place, septet in enumerate(septets)) << fill
    return bits.to_bytes((7 * len(septets) + fill + 7) // 8, "little")


def unpack(octets: bytes, count: int, fill: int = 0) -> list[int]:
    """The first `count` septets of `octets` after `fill` bits; fewer when the octets end."""
    bits = int.from_bytes(octets, "little") >> fill
    count = min(count, max(0, len(octets) * 8 - fill) // 7)
    return [(bits >> (7 * place)) & 0x7F for place in range(count)]

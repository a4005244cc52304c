"""What was heard at a serial port, as a sentence, and as the beginning of a line's form."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from nursecall.ear import Heard

SENTENCES: Mapping[str, str] = {
    "silent": "Nothing came within 20 seconds. A host that only prints speaks when somebody calls: press at a bed and "
    "listen again. One that waits to be polled stays silent too.",
    "garbled": "Something comes, but it makes no sense at any speed. Look at the cable (crossed, RS-232 or RS-485) and "
    "at the settings of the host.",
    "espa444": "ESPA 4.4.4: the host polls.",
    "tap": "TAP 1.8: a host that pages knocks.",
    "modbus": "Modbus RTU: there is another master already. Two on one bus disturb each other.",
    "text": "A host that prints. Its last message: {text}",
}
FORM = ("espa444", "tap", "text")
"""Kinds for which a line's form can be begun."""


def sentence(heard: Heard, language: Language) -> str:
    """What there seems to be."""
    if heard.fault:
        return translate(heard.fault, language)
    said = translate(SENTENCES[heard.guess.kind], language, text=heard.guess.text[:80])
    if heard.guess.kind in ("silent", "garbled"):
        return said
    parity = {"none": "N", "even": "E", "odd": "O"}[heard.guess.parity]
    settings = f"{heard.baud} {heard.guess.data_bits}{parity}1"
    return translate("{heard} ({settings})", language, heard=said, settings=settings)


def begun(path: str, heard: Heard | None) -> str:
    """The address of a new line's form, with the port and what is known of it."""
    known: dict[str, object] = {"device": path}
    if heard is not None and heard.guess.kind in FORM:
        guess = heard.guess
        known |= {
            "protocol": guess.kind, "baud": heard.baud, "data_bits": guess.data_bits, "parity": guess.parity,
            "own": guess.own, "framing": guess.framing, "encoding": guess.encoding,
        }  # fmt: skip
        if guess.kind == "espa444" and guess.own == "1":
            known["peer"] = "2"
    return f"/exchange/edit/nurse-lines/new?{urlencode({key: value for key, value in known.items() if value})}"

"""The answer to an HL7 message: MSH, MSA and, where something is wrong, ERR."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from nursecall.wire.hl7 import Message, encoding_of, escape
from nursecall.wire.hl7_sentence import Sentence

Code = Literal["AA", "AE", "AR"]
"""AA: it is on record. AE: not now, send it again. AR: never in this form."""


@dataclass(frozen=True)
class Answer:
    """What is said to the sender. where: `PV1-3`; error: of HL7 table 0357."""

    code: Code
    said: tuple[Sentence, ...] = ()
    where: str = ""
    error: int = 0

    @property
    def text(self) -> str:
        """All sentences, in English."""
        return " ".join(map(str, self.said))


def acknowledge(to: Message, answer: Answer, control: str, at: datetime) -> bytes:
    """The acknowledgement of `to`, in its own character set. control: our MSH-10; at: aware."""
    msh = to.first("MSH")
    (application, facility), event = to.sender, to.event
    charset = msh.text(18)
    encoding = encoding_of(charset) if charset else to.encoding
    if encoding is None:
        charset, encoding = "UNICODE UTF-8", "utf-8"
    fields = [
        *("MSH", "^~\\&", *map(escape, (msh.text(5) or "NIGHTBELL", msh.text(6), application, facility))),
        *(f"{at:%Y%m%d%H%M%S%z}", "", f"ACK^{escape(event)}^ACK" if event else "ACK", control),
        *(escape(msh.text(11)) or "P", escape(msh.text(12)) or "2.4", "", "", "", "", "", escape(charset)),
    ]
    lines = ["|".join(fields).rstrip("|"), "|".join(["MSA", answer.code, escape(to.control), escape(answer.text)])]
    if answer.code != "AA":
        lines.append(f"ERR||{_place(answer.where)}|{answer.error or 207}^^HL70357|E||||{escape(answer.text)}")
    return "".join(line + "\r" for line in lines).encode(encoding, "replace")


def _place(where: str) -> str:
    segment, _, field = where.partition("-")
    return f"{segment}^1^{field.replace('.', '^1^')}" if field else segment

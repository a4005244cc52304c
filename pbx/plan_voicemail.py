"""Mailboxes in the plan."""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import Field, model_validator

from appliance.foundation.config import PlanError, Section
from appliance.foundation.toml_lines import Path
from pbx.plan_messages import Address, Id
from pbx.spans import Span, each


class Mailboxes(Section):
    """Extensions that have a mailbox: `"8081-8090"` or one number.

    sms: a mobile that is written to when somebody leaves a message; mail: an address that is sent the message itself.
        Both belong to one extension, not to many.
    longest: seconds of a message. most: messages kept at once; then it is full. keep_days: then a message is deleted.
    """

    numbers: Span
    sms: str = Field(default="", pattern=r"^(\+?[0-9]{3,19})?$")
    mail: Address | None = None
    longest: int = Field(default=180, ge=10, le=900)
    most: int = Field(default=40, ge=1, le=500)
    keep_days: int = Field(default=30, ge=1, le=3650)

    @model_validator(mode="after")
    def _to_one(self) -> Mailboxes:
        if len(each(self.numbers)) > 1:
            for key in ("sms", "mail"):
                if getattr(self, key):
                    raise PlanError((key,), "belongs to one extension, not to many")
        return self


class VoicemailPlan(Section):
    """number: dialled to listen to one's own messages, e.g. `*98`.

    leave: dialled before an extension to leave it a message without ringing it, e.g. `*99`; empty for none.
    mail_by: id of the mail server that carries messages; the plan's first where it is empty.
    """

    number: str = Field(default="", pattern=r"^[0-9*#]{0,6}$")
    leave: str = Field(default="", pattern=r"^[0-9*#]{0,6}$")
    mail_by: Id | None = None
    boxes: tuple[Mailboxes, ...] = ()

    @model_validator(mode="after")
    def _heard(self) -> VoicemailPlan:
        if self.boxes and not self.number:
            raise PlanError(("number",), "is missing: nobody could listen to the messages")
        seen: set[str] = set()
        for index, boxes in enumerate(self.boxes):
            for number in each(boxes.numbers):
                if number in seen:
                    raise PlanError(("boxes", index, "numbers"), "{number} has a mailbox already", number=number)
                seen.add(number)
        return self

    def box(self, number: str) -> Mailboxes | None:
        """What is said of an extension's mailbox; None where it has none."""
        return next((boxes for boxes in self.boxes if number in each(boxes.numbers)), None)

    def numbers(self) -> tuple[str, ...]:
        """Every extension with a mailbox."""
        return tuple(number for boxes in self.boxes for number in each(boxes.numbers))

    def served(self) -> Iterator[tuple[Path, str]]:
        """Numbers that are dialled, and where they stand."""
        for key in ("number", "leave"):
            if self.boxes and (dialled := getattr(self, key)):
                yield (key,), dialled

    def named(self) -> Iterator[tuple[Path, str]]:
        """Extensions that are named, and where."""
        for index, boxes in enumerate(self.boxes):
            yield from ((("boxes", index, "numbers"), number) for number in each(boxes.numbers))

"""What the hospital's IT, or another system, is told by e-mail and webhook, as the plan's rows ask for it.

`trouble`: a part of the box that is down for longer than the plan bears, and when it is back. `escalated`: a call that
came to the last step of its tree. `message-failed`: a short message that was given up. `attack`: an address that tried
secrets of telephones is refused. `pin-locked`: wrong PINs have locked an account or an extension.
`misuse`: the guard against toll fraud found something. `emergency`: an extension
called an emergency number.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from twisted.logger import Logger

from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock, Timer
from appliance.foundation.health import HealthChanged, State
from appliance.foundation.i18n import translate
from appliance.foundation.tasks import Tasks
from appliance.foundation.values import Language, new_id
from appliance.misuse_notices import sentence
from appliance.pin_alarms import said as said_of_pins
from appliance.plan import Plan
from billing.events import PinLocked
from billing.guard.events import FraudAlarm
from nursecall.events import CallEscalated
from nursecall.plan_escalation import usual
from pbx.calls.events import EmergencyDialled
from pbx.events import MessageFailed
from pbx.guard.events import AddressBanned
from pbx.notices import Notice
from pbx.plan_messages import Alarm
from pbx.sms.broadcasts import ABOUT
from pbx.sms.numbers import masked_number
from pbx.sms.trouble import told

Words = Callable[[Language], str]


class Notices(Protocol):
    """`pbx.notices.Notices`."""

    async def accept(self, letters: Sequence[Notice]) -> None: ...


class Alarms:
    """Listens to the house. `plan` returns the plan in force."""

    log = Logger()

    def __init__(self, bus: Bus, plan: Callable[[], Plan], notices: Notices, clock: Clock) -> None:
        self._plan = plan
        self._notices = notices
        self._clock = clock
        self._tasks = Tasks()
        self._down: dict[str, HealthChanged] = {}
        self._waiting: dict[str, Timer] = {}
        self._alarmed: set[str] = set()
        bus.subscribe(HealthChanged, self.health)
        bus.subscribe(CallEscalated, self.escalated)
        bus.subscribe(MessageFailed, self.not_sent)
        bus.subscribe(AddressBanned, self.attacked)
        bus.subscribe(PinLocked, self.pin_locked)
        bus.subscribe(FraudAlarm, self.misused)
        bus.subscribe(EmergencyDialled, self.emergency)

    def stop(self) -> None:
        """Watch no more."""
        self._tasks.stop()
        for timer in self._waiting.values():
            if timer.active():
                timer.cancel()

    def health(self, changed: HealthChanged) -> None:
        """Down: wait whether it lasts. Anything else: it is over."""
        part = changed.part
        if changed.state is State.DOWN:
            self._down[part] = changed
            if part not in self._waiting and part not in self._alarmed:
                patience = timedelta(seconds=self._plan().pbx.messages.trouble_seconds)
                self._waiting[part] = self._clock.later(patience, partial(self._lasts, part))
            return
        self._down.pop(part, None)
        timer = self._waiting.pop(part, None)
        if timer is not None and timer.active():
            timer.cancel()
        if part in self._alarmed:
            self._alarmed.discard(part)
            self._send("trouble", "recovered", changed.at, partial(_recovered, part), part=part)

    def _lasts(self, part: str) -> None:
        self._waiting.pop(part, None)
        self._alarmed.add(part)
        down = self._down[part]
        self._send("trouble", "trouble", down.at, partial(_trouble, down), part=part)

    def escalated(self, step: CallEscalated) -> None:
        """The last step of its tree: whoever should have come did not."""
        # A tree that stands in no plan is the usual one; how patient it is does not matter here.
        tree = self._plan().nursecall.escalation(step.tree) or usual(1)
        if step.index == len(tree.all_steps()) and step.attempt == 1:
            facts = {"call": step.call, "ward": step.ward, "bed": step.bed, "type": step.call_type}
            self._send("escalated", "escalated", step.at, partial(self._nobody_came, step), **facts)

    def _nobody_came(self, step: CallEscalated, language: Language) -> str:
        plan = self._plan()
        ward, kind = plan.nursecall.ward(step.ward), plan.nursecall.call_type(step.call_type)
        return translate(
            "{ward}, bed {bed}: {kind}. Nobody came, though everybody was told.",
            language,
            ward=ward.name[language] if ward else step.ward,
            bed=step.bed,
            kind=kind.name[language] if kind else step.call_type,
        )

    def not_sent(self, failed: MessageFailed) -> None:
        """One of a broadcast is shown in its list; of any other somebody must hear."""
        if not failed.about.startswith(ABOUT):
            facts = {"message": failed.message, "about": failed.about}
            self._send("message-failed", "message-failed", failed.at, partial(_not_sent, failed), **facts)

    def attacked(self, banned: AddressBanned) -> None:
        """Somebody tries secrets; they are refused already."""
        self._send("attack", "attack", banned.at, partial(self._attack, banned), address=banned.address)

    def pin_locked(self, locked: PinLocked) -> None:
        """Somebody tries PINs, or has forgotten theirs."""
        words = partial(said_of_pins, locked, self._plan())
        self._send("pin-locked", "pin-locked", locked.at, words, what=locked.what, number=locked.number)

    def misused(self, alarm: FraudAlarm) -> None:
        """Money is spent as by a thief."""
        facts = {"alarm": str(alarm.alarm), "rule": alarm.rule, "account": alarm.account, "extension": alarm.extension}
        self._send("misuse", "misuse", alarm.at, partial(sentence, alarm), **facts, called=alarm.called)

    def emergency(self, dialled: EmergencyDialled) -> None:
        """Somebody in the house called for help outside."""
        facts = {"call": dialled.call, "extension": dialled.extension, "number": dialled.number}
        self._send("emergency", "emergency", dialled.at, partial(self._emergency, dialled), **facts)

    def _emergency(self, dialled: EmergencyDialled, language: Language) -> str:
        at = f"{dialled.at.astimezone(self._plan().site.zone):%m-%d %H:%M}"
        said = "Extension {extension} called the emergency number {number} at {at}."
        return translate(said, language, extension=dialled.extension, number=dialled.number, at=at)

    def _attack(self, banned: AddressBanned, language: Language) -> str:
        until = f"{banned.until.astimezone(self._plan().site.zone):%m-%d %H:%M}"
        facts = {"address": banned.address, "failures": banned.failures, "until": until}
        said = "{address} tried secrets of telephones ({failures} failures): it is refused until {until}."
        return translate(said, language, **facts)

    def _send(self, alarm: Alarm, event: str, at: datetime, words: Words, /, **facts: str) -> None:
        notices = [*self._mails(alarm, words), *self._hooks(alarm, event, at, words, facts)]
        if notices:
            self._tasks.start(self._tasks.until_done(partial(self._notices.accept, notices), "an alarm", self._clock),
                              "an alarm")  # fmt: skip

    def _mails(self, alarm: Alarm, words: Words) -> list[Notice]:
        plan, found = self._plan(), []
        for row in plan.pbx.mail:
            if alarm in row.on:
                sentence = words(row.language)
                subject = f"[{plan.site.name[row.language]}] {sentence}"
                found += [Notice(f"mail:{row.id}", subject, f"{sentence}\n", to, new_id()) for to in row.to]
        return found

    def _hooks(self, alarm: Alarm, event: str, at: datetime, words: Words, facts: dict[str, str]) -> list[Notice]:
        plan, found = self._plan(), []
        for row in plan.pbx.webhooks:
            if alarm in row.on:
                identity = new_id()
                text = {"zh": words("zh"), "en": words("en")}
                site = {"zh": plan.site.name["zh"], "en": plan.site.name["en"]}
                body = {"id": identity, "event": event, "at": at.isoformat(), "site": site, "text": text, **facts}
                written = json.dumps(body, ensure_ascii=False)
                found.append(Notice(f"webhook:{row.id}", text[plan.site.language], written, "", identity))
        return found


def _trouble(down: HealthChanged, language: Language) -> str:
    # Whatever a part says of itself must not keep the alarm back.
    why = told(down.detail, language)
    for name, fact in down.facts:
        why = why.replace(f"{{{name}}}", fact)
    return translate("{part} is down: {why}", language, part=down.part, why=why or "–")


def _recovered(part: str, language: Language) -> str:
    return translate("{part} is well again.", language, part=part)


def _not_sent(failed: MessageFailed, language: Language) -> str:
    return translate(
        "A short message to {to} could not be sent: {why}",
        language,
        to=masked_number(failed.to),
        why=told(failed.why, language),
    )

"""Mailboxes on real parts: a tone is left, the lamp is lit by NOTIFY, the tone is heard again, and deleted."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from twisted.internet.protocol import DatagramProtocol

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.journal import Event
from appliance.foundation.values import Language
from pbx.engine.program import recordings
from pbx.notices import Notice
from pbx.plan_voicemail import Mailboxes, VoicemailPlan
from pbx.tones import Tones
from pbx.voicemail.events import MailboxChanged, VoicemailDeleted, VoicemailHeard, VoicemailLeft
from pbx.voicemail.lamp import Lamp
from pbx.voicemail.leaving import GREETING, THEN
from pbx.voicemail.listening import AGAIN, CHOOSE, COUNT, KEYS, PIN, SETTINGS, TOO_OFTEN
from pbx.voicemail.voicemails import Voicemail
from tests.e2e.sound import Recording
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.sip_phone import Ear, sipp
from tests.integration.test_exchange import line, until_nobody_calls, write_tone
from tests.ports import free_port
from tests.real_reactor import Heard, call, reactor, run

PLAN = VoicemailPlan(
    number="*98", leave="*99", mail_by="it",
    boxes=(Mailboxes(numbers="8009", sms="13800000001", mail="ward@hospital.example", longest=20),
           Mailboxes(numbers="8010-8012")),
)  # fmt: skip
LEFT_TONE = 1100
CHOSEN_PIN = "40715926"


class Prompts:
    """Every sentence is half a second of a tone; what was to be said is remembered."""

    def __init__(self, directory: Path) -> None:
        self.asked: Heard[str] = Heard()
        self.sound = directory / "prompt.wav"
        write_tone(self.sound, 2200, seconds=1)

    async def prompt(self, text: str, language: Language) -> Path | None:
        self.asked.append(text)
        return self.sound

    async def until(self, text: str, count: int = 1) -> None:
        """Wait until that was said so often."""
        await self.asked.until(lambda asked: sum(one == text for one in asked) >= count)


class Texts(Heard[tuple[str, str]]):
    """Short messages that went out."""

    async def accept(self, to: str, text: str, about: str = "", /) -> str:
        self.append((to, text))
        return ""


class Mails(Heard[Notice]):
    """Mails that went out."""

    async def accept(self, letters: Sequence[Notice], /) -> None:
        for letter in letters:
            self.append(letter)


class House:
    """The mailboxes, one life of them."""

    def __init__(self, telephony: Telephony, directory: Path, database: InlineDatabase) -> None:
        self.telephony, self.exchange = telephony, telephony.exchange()
        self.prompts, self.texts, self.mails, bus = Prompts(directory), Texts(), Mails(), Bus()
        self.mail = Voicemail(
            telephony.plan, self.exchange.dialer, Lamp(self.exchange.board), self.prompts, self.texts,
            self.mails,
            database, ReactorClock(reactor), bus,
            language="en", zone=ZoneInfo("Asia/Shanghai"), directory=directory / "voicemail",
            recordings=recordings(telephony.main), tones=Tones(directory / "tones"),
        )  # fmt: skip
        self.happened: Heard[Event] = Heard()
        bus.subscribe(Event, self.happened.append)
        for number in self.mail.numbers():
            self.exchange.numbers.register(number, self.mail.serve, needs="internal")
        run(self.exchange.sweep())
        call(self.mail.start)

    def stop(self) -> None:
        self.mail.stop()
        self.exchange.stop()

    async def until(self, kind: type[Event], **facts: object) -> Any:
        """Wait until that has happened; returns it."""

        def those(heard: list[Event]) -> list[Event]:
            of_kind = [event for event in heard if type(event) is kind]
            return [event for event in of_kind if all(getattr(event, k) == v for k, v in facts.items())]

        return those(await self.happened.until(lambda heard: bool(those(heard))))[-1]

    async def dial(self, extension: str, digits: str, **more: object) -> dict[str, Any]:
        """A simulated phone dials, and is answered."""
        request = {"extension": extension, "digits": digits, "talk": 90, "until": "answered", **more}
        return await self.telephony.simulator.dial(request)

    async def press(self, phone: dict[str, Any], digits: str) -> None:
        await self.telephony.simulator.keys({"call": phone["call"], "digits": digits})


class LampOfAPhone(DatagramProtocol):
    """A phone that does nothing but hear NOTIFY: what each said of its mailbox."""

    noisy = False

    def __init__(self) -> None:
        self.said: Heard[str] = Heard()

    def datagramReceived(self, data: bytes, source: Any) -> None:
        head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
        first, *rows = head.split("\r\n")
        if not first.startswith("NOTIFY"):
            return
        kept = [row for row in rows if row.lower().startswith(("via:", "from:", "call-id:", "cseq:"))]
        to = next(row for row in rows if row.lower().startswith("to:"))
        answer = "\r\n".join(["SIP/2.0 200 OK", *kept, f"{to};tag=lamp", "Content-Length: 0", "", ""])
        transport: Any = self.transport
        transport.write(answer.encode(), source)
        facts = dict(row.split(": ", 1) for row in body.strip().split("\r\n"))
        self.said.append(f"{facts['Messages-Waiting']} {facts.get('Voice-Message', '0/0 (0/0)').partition(' ')[0]}")


@pytest.fixture(scope="module")
def telephony(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telephony]:
    pair = Telephony(tmp_path_factory.mktemp("telephony"))
    pair.plan = pair.plan.model_copy(update={"voicemail": PLAN})
    with pair:
        yield pair


@pytest.fixture
def house(telephony: Telephony, tmp_path: Path) -> Iterator[House]:
    house = House(telephony, tmp_path, InlineDatabase())
    yield house
    run(until_nobody_calls(telephony))
    call(house.stop)


async def leave_a_tone(house: House, directory: Path, mailbox: str = "8009") -> Any:
    """A phone that is not ours sounds a tone for some seconds and hangs up."""
    ear = Ear(LEFT_TONE)
    try:
        phone = line(house.telephony, "8007")
        await sipp("talk_and_hang_up", phone, directory, dialled=f"*99{mailbox}", ear=ear.number, talk=6000)
        return await house.until(VoicemailLeft, mailbox=mailbox)
    finally:
        ear.close()


def test_what_was_left_is_the_tone_that_was_sent_and_its_owner_hears_it(house: House, tmp_path: Path) -> None:
    """Left, lamp on, SMS and mail with the sound; then PIN chosen, tone heard, lamp; deleted, lamp off, file gone."""
    lamp, port = LampOfAPhone(), free_port()

    async def story() -> tuple[Any, bytes, list[str], Path]:
        await sipp("register", line(house.telephony, "8009"), tmp_path, port=port)
        udp: Any = reactor
        listening = udp.listenUDP(port, lamp, interface="127.0.0.1")
        left = await leave_a_tone(house, tmp_path)
        message = await house.mail.store.one(left.message)
        assert message is not None
        file = house.mail.store.sound(message)
        sound = file.read_bytes()
        await lamp.said.until(lambda said: "yes 1/0" in said)

        phone = await house.dial("8009", "*98", hear=True)
        await house.prompts.until(CHOOSE)
        await house.press(phone, f"{CHOSEN_PIN}#")
        await house.prompts.until(AGAIN)
        await house.press(phone, f"{CHOSEN_PIN}#")
        await house.prompts.until(COUNT.format(new=1, old=0))
        await house.until(VoicemailHeard, by="8009")
        await lamp.said.until(lambda said: said[-1] == "no 0/1")
        heard = Path(str(phone["heard"]))
        while Recording.so_far(heard).seconds_of(LEFT_TONE) < 3:
            await pause()
        await house.press(phone, "3")
        await house.until(VoicemailDeleted, by="8009")
        await lamp.said.until(lambda said: said[-1] == "no 0/0")
        await house.telephony.simulator.hang_up({"call": phone["call"]})
        await listening.stopListening()
        return left, sound, list(lamp.said), file

    left, sound, _, file = run(story())
    assert (left.mailbox, left.caller) == ("8009", "8007")
    recorded = Recording(sound)
    assert recorded.seconds_of(LEFT_TONE) >= 2.5
    assert recorded.seconds_of(LEFT_TONE) >= recorded.seconds - 1, "nothing but what was said"
    assert not file.exists()
    [(to, text)] = house.texts
    assert to == "13800000001"
    assert "8007" in text
    [mail] = house.mails
    assert (mail.channel, mail.to, mail.attached) == ("mail:it", "ward@hospital.example", str(file))
    pin = [name for name, said in house.telephony.said() if CHOSEN_PIN in said]
    assert pin == []


def test_a_telephone_that_asks_to_be_told_is_told_at_once(house: House, tmp_path: Path) -> None:
    """SIPp subscribes to its own mailbox: accepted, and the first NOTIFY says that one new message waits."""

    async def story() -> None:
        await leave_a_tone(house, tmp_path, "8012")
        [message] = await house.mail.store.every("8012")
        await sipp("watch_mailbox", line(house.telephony, "8012"), tmp_path)
        await house.mail.delete(message, "the test")

    run(story())


def test_a_message_is_spoken_anew_and_only_the_second_is_kept(house: House) -> None:
    """3 drops the first; hanging up keeps the second."""

    async def story() -> int:
        phone = await house.dial("8006", "*998010")
        await house.prompts.until(GREETING.format(digits="8 0 1 0"))
        place = recordings(house.telephony.main) / "voicemail"
        await until_growing(place, 20_000)
        await house.press(phone, "#")
        await house.prompts.until(THEN)
        await house.press(phone, "3")
        await until_growing(place, 20_000)
        await house.telephony.simulator.hang_up({"call": phone["call"]})
        await house.until(VoicemailLeft, mailbox="8010", caller="8006")
        return len(await house.mail.store.every("8010"))

    assert run(story()) == 1
    assert list((recordings(house.telephony.main) / "voicemail").glob("*.wav")) == []


def test_a_wrong_pin_three_times_ends_and_an_own_greeting_is_heard(house: House, tmp_path: Path) -> None:
    """From another telephone the mailbox is named first; the greeting the owner recorded greets callers."""

    async def story() -> bytes:
        await house.mail.store.set_pin("8009", "8264", "the test")
        thief = await house.dial("8006", "*98")
        await house.prompts.until("Please enter the number of the mailbox, then press the hash key.")
        await house.press(thief, "8009#")
        for times in (1, 2, 3):
            await house.prompts.until(PIN, times)
            await house.press(thief, "8265#")
        await house.prompts.until(TOO_OFTEN)
        await house.telephony.simulator.over({"call": thief["call"]})

        owner = await house.dial("8009", "*98")
        await house.prompts.until(PIN, 4)
        await house.press(owner, "8264#")
        await house.prompts.until("There are no more messages. For settings press 9, else hang up.")
        await house.press(owner, "9")
        await house.prompts.until(SETTINGS)
        await house.press(owner, "1")
        await until_growing(recordings(house.telephony.main) / "greetings", 30_000)
        await house.press(owner, "#")
        await house.until(MailboxChanged, what="greeting")
        await house.telephony.simulator.hang_up({"call": owner["call"]})
        return house.mail.store.greeting("8009").read_bytes()

    greeting = Recording(run(story(), timeout=60))
    assert greeting.seconds > 1
    assert KEYS not in house.prompts.asked


def test_what_a_life_before_recorded_is_taken_in(telephony: Telephony, tmp_path: Path) -> None:
    """A message whose caller hung up while we were dead."""
    place = recordings(telephony.main) / "voicemail"
    place.mkdir(parents=True, exist_ok=True)
    orphan = place / "8011_8005_0123.wav"
    write_tone(orphan, 900, seconds=2)
    os.utime(orphan, (1_700_000_000, 1_700_000_000))
    house = House(telephony, tmp_path, InlineDatabase())
    left = run(house.until(VoicemailLeft, mailbox="8011"))
    call(house.stop)
    assert (left.caller, left.seconds) == ("8005", 2)
    assert not orphan.exists()


async def until_growing(place: Path, size: int) -> None:
    """Wait until a recording in that directory is so large."""
    while not any(file.stat().st_size > size for file in place.glob("*.wav")):
        await pause()


async def pause() -> None:
    await sleep(ReactorClock(reactor), timedelta(milliseconds=20))

"""600 by real telephones: what is dialled and keyed, who hears what, and when Asterisk cuts."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from twisted.internet.defer import Deferred

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock, sleep
from appliance.foundation.journal import Event
from appliance.foundation.values import Language, Money, yuan
from appliance.simulator.outside import OUTSIDE_TONE
from billing.accounts import Accounts
from billing.audit import discrepancies
from billing.calling import Calling
from billing.events import CallRefused, CallSettled
from billing.plan import BillingPlan
from billing.schema import leases
from billing.tariff import Tariffs
from pbx.engine.console import Console, socket
from pbx.incoming import IncomingCall
from pbx.plan_recording import Recording
from tests.fakes.clock import START
from tests.fakes.database import InlineDatabase
from tests.integration.asterisk import Telephony
from tests.integration.recorded import Shelf, record
from tests.integration.sip_phone import Line, share, write_tone
from tests.integration.soft_phone import SoftPhone
from tests.real_reactor import Heard, call, reactor, run
from tests.support import now

ONE, OTHER, SAID, WARNED = 700, 1100, 2200, 1700
"""Hertz: the telephones, every spoken sentence, and the one that the credit ends."""
MOBILE, SECOND, BUSY = "13800138000", "13900139000", "13800130000"
TARIFF = "prefix,rate_per_minute,first_seconds,next_seconds\n86,0.6,1,1\n"
LANGUAGES: tuple[Language, ...] = ("zh", "en")


class Prompts:
    """Every sentence is half a second of a tone; what was said is remembered."""

    def __init__(self, directory: Path) -> None:
        self.said: Heard[str] = Heard()
        self._sounds = {tone: directory / f"said-{tone}.wav" for tone in (SAID, WARNED)}
        for tone, sound in self._sounds.items():
            write_tone(sound, tone, seconds=0.5 if tone == SAID else 1.5)

    async def prompt(self, text: str, language: Language) -> Path | None:
        self.said.append(text)
        return self._sounds[WARNED if text.endswith(("is left.", "are left.")) else SAID]

    async def heard(self, text: str, times: int = 1) -> None:
        """Wait until a sentence that begins so was said that often."""
        await self.said.until(lambda all_: sum(one.startswith(text) for one in all_) >= times)


class Booth:
    """Billing at 600 of a real exchange, its records in memory. pin: of every account."""

    def __init__(
        self,
        telephony: Telephony,
        directory: Path,
        plan: BillingPlan | None = None,
        database: InlineDatabase | None = None,
    ) -> None:
        self.telephony, self.directory, self.exchange = telephony, directory, telephony.exchange()
        self.database, self.prompts = database or InlineDatabase(), Prompts(directory)
        self.happened: Heard[Event] = Heard()
        bus, clock = Bus(), ReactorClock(reactor)
        bus.subscribe(Event, self.happened.append)
        tariffs = Tariffs(self.database, clock)
        now(tariffs.import_csv("retail", START, TARIFF))
        plan = plan or BillingPlan()
        self.accounts = Accounts(self.database, plan, clock, bus)
        self.calling = Calling(
            self.database, self.accounts, tariffs, plan, dict, "CN", "571", ZoneInfo("Asia/Shanghai"),
            self.exchange.dialer, self.prompts, clock, bus, language_of=lambda extension: "en",
        )  # fmt: skip
        self.exchange.numbers.register("600", self.calling.serve)
        run(self.calling.recover())
        run(self.exchange.sweep())

    def stop(self) -> None:
        """Let go."""
        call(self.calling.stop)
        call(self.exchange.stop)

    def account(self, credit: str) -> tuple[str, str]:
        """A new account with so many yuan, and its PIN."""
        number, pin = now(self.accounts.open("x", "en", "cashier"))
        now(self.accounts.deposit(number, yuan(credit), "cashier", f"first-{number}"))
        return number, pin

    def phone(self, extension: str, tone: int) -> SoftPhone:
        """A telephone that is not ours."""
        line = Line(extension, self.telephony.secrets[extension], self.telephony.settings.sip_port)
        return SoftPhone(line, self.directory, tone=tone, answers=False)

    async def settled(self, count: int) -> list[CallSettled]:
        """Wait until so many calls are settled; the books must be right."""
        await self.happened.until(lambda all_: sum(isinstance(one, CallSettled) for one in all_) >= count)
        with self.database.engine.connect() as connection:
            assert list(discrepancies(connection)) == []
        return [event for event in self.happened if isinstance(event, CallSettled)]

    def balance(self, account: str) -> Money:
        """What the account holds."""
        return now(self.accounts.known(account)).balance

    def leases(self) -> list[sa.Row[Any]]:
        """All of them, the first first."""
        with self.database.engine.connect() as connection:
            return list(connection.execute(sa.select(leases).order_by(leases.c.opened_at)))

    async def far_end_listens(self, number: str) -> Path:
        """Whoever is called at `number` answers, and what they hear is recorded there."""
        heard = await self.telephony.simulator.phone({"number": number, "hear": True})
        return Path(heard["heard"])

    async def keys_at_the_far_end(self) -> Path:
        """A file in which the carrier's Asterisk writes each key that it hears, from now on."""
        console = Console(socket(self.telephony.carrier), reactor, ReactorClock(reactor))
        await console.ask("logger add channel keys dtmf")
        return self.telephony.carrier / "log" / "keys"


@pytest.fixture
def booth(telephony: Telephony, tmp_path: Path) -> Iterator[Booth]:
    booth = Booth(telephony, tmp_path)
    yield booth
    booth.stop()


async def press(phone: SoftPhone, keys: str) -> None:
    """One after the other, as a finger does it."""
    for key in keys:
        await phone.command("sndcode", key)
        await sleep(ReactorClock(reactor), timedelta(milliseconds=200))


def test_step_by_step_then_another_number_in_mid_talk(booth: Booth) -> None:
    """600, account, PIN with #, a corrected number; `**` in mid-talk; the far end hears no key but `**` of it."""
    account, pin = booth.account("10")

    async def story(phone: SoftPhone) -> Path:
        keys = await booth.keys_at_the_far_end()
        for number in (MOBILE, SECOND):
            await booth.far_end_listens(number)
        await phone.registered()
        await phone.command("dial", "600")
        await booth.prompts.heard("Please enter your account number")
        await press(phone, f"{account}#")
        await booth.prompts.heard("Please enter your PIN")
        await press(phone, f"{pin}#")
        await booth.prompts.heard("Please enter the number")
        await press(phone, f"138*{MOBILE}#")
        await phone.hears(OUTSIDE_TONE)
        await phone.hears(ONE)  # what the far end echoes
        await press(phone, "**")
        await booth.prompts.heard("Please enter the number", 2)
        await press(phone, f"{SECOND}#")
        await phone.hears(OUTSIDE_TONE)
        await phone.command("hangup")
        await booth.settled(2)
        return keys

    with booth.phone("8005", ONE) as phone:
        keys = run(story(phone))
    assert [lease.called for lease in booth.leases()] == [f"86{MOBILE}", f"86{SECOND}"]
    said = booth.prompts.said
    assert sum(text.startswith("Please enter your PIN") for text in said) == 1, "the PIN is asked for once"
    assert sum(text.startswith("Please enter your account") for text in said) == 1, "# is no answer to a next question"
    pressed = [line for line in keys.read_text("utf-8", "replace").splitlines() if "DTMF end '" in line]
    heard = {line.partition("DTMF end '")[2][0] for line in pressed if "PJSIP/trunk-" in line}
    assert heard <= {"*"}, f"the far end heard {heard}"


def test_another_number_is_asked_for_after_a_restart_in_mid_talk(telephony: Telephony, tmp_path: Path) -> None:
    """The next life of ours hears `**` of a call that it did not connect; both are charged, no PIN is asked for."""
    before = Booth(telephony, tmp_path)
    account, pin = before.account("10")

    async def dialled(phone: SoftPhone) -> None:
        await phone.registered()
        await phone.command("dial", f"600{account}{pin}{MOBILE}")
        await phone.hears(OUTSIDE_TONE)

    async def another(phone: SoftPhone, booth: Booth) -> None:
        await press(phone, "**")
        await booth.prompts.heard("Please enter the number")
        await press(phone, f"{SECOND}#")
        await phone.hears(OUTSIDE_TONE)
        await phone.command("hangup")
        await booth.settled(2)

    with before.phone("8005", ONE) as phone:
        run(dialled(phone), timeout=90)
        before.stop()
        after = Booth(telephony, tmp_path, database=before.database)
        run(another(phone, after), timeout=90)
    after.stop()
    first, second = after.leases()
    assert [lease.called for lease in (first, second)] == [f"86{MOBILE}", f"86{SECOND}"]
    assert after.balance(account) == yuan(10) - first.charge - second.charge
    assert not [said for said in after.prompts.said if "PIN" in said]


def test_after_a_busy_number_and_after_the_far_end_has_hung_up(booth: Booth) -> None:
    """All in one string; busy: told, `**`, a number that hangs up after three seconds, `**`, a third one."""
    account, pin = booth.account("10")

    async def story(phone: SoftPhone) -> None:
        await phone.registered()
        await phone.command("dial", f"600{account}{pin}{BUSY}")
        await booth.prompts.heard("For another number press star twice.")
        await press(phone, "**")
        await booth.prompts.heard("Please enter the number")
        await press(phone, "13800130002#")
        await phone.hears(OUTSIDE_TONE)
        await booth.prompts.heard("For another number press star twice.", 2)
        await press(phone, "**")
        await booth.prompts.heard("Please enter the number", 2)
        await press(phone, f"{MOBILE}#")
        await phone.hears(OUTSIDE_TONE)
        await phone.command("hangup")
        await booth.settled(3)

    with booth.phone("8005", ONE) as phone:
        run(story(phone))
    busy, brief, last = booth.leases()
    assert (busy.answered_at, busy.charge) == (None, 0)
    assert brief.seconds in (3, 4)
    assert booth.balance(account) == yuan(10) - brief.charge - last.charge


def test_the_payer_alone_hears_that_the_credit_ends_and_asterisk_cuts(booth: Booth) -> None:
    """0.16 yuan are 16 s: half-way a tone and a sentence; the end to the second."""
    account, pin = booth.account("0.16")

    async def story(phone: SoftPhone) -> Path:
        far = await booth.far_end_listens(MOBILE)
        await phone.registered()
        await phone.command("dial", f"600{account}{pin}{MOBILE}")
        await phone.hears(OUTSIDE_TONE)
        await phone.hears(WARNED)
        await phone.hears(ONE)  # they talk on
        await booth.settled(1)
        return far

    with booth.phone("8005", ONE) as phone:
        far = run(story(phone))
    (lease,) = booth.leases()
    assert (lease.seconds, booth.balance(account)) == (16, 0)
    assert timedelta(seconds=15.5) < lease.ended_at - lease.answered_at < timedelta(seconds=24)
    assert loudest(far, ONE) > 0.8, "the far end hears the patient"
    assert loudest(far, WARNED) < 0.2, "and not what the patient is told"


def test_two_telephones_on_one_account_share_its_balance(telephony: Telephony, tmp_path: Path) -> None:
    """0.4 yuan are 40 s: the first holds a lease of 30 s, the second the rest; each is cut at its own end."""
    booth = Booth(telephony, tmp_path, BillingPlan(lease_seconds=30))
    account, pin = booth.account("0.4")

    async def story(one: SoftPhone, other: SoftPhone) -> None:
        for phone, number in ((one, MOBILE), (other, SECOND)):
            await phone.registered()
            await phone.command("dial", f"600{account}{pin}{number}")
            await phone.hears(OUTSIDE_TONE)
        held = booth.leases()
        assert [lease.granted_seconds for lease in held] == [30, 10], "each holds its own part"
        assert sum(lease.reserved for lease in held) == booth.balance(account) == yuan("0.4")
        await booth.settled(2)

    with booth.phone("8005", ONE) as one, booth.phone("8006", OTHER) as other:
        run(story(one, other))
    booth.stop()
    assert [lease.seconds for lease in booth.leases()] == [30, 10]
    assert booth.balance(account) == 0


def test_recordings_hold_no_keys_and_the_talk_alone(booth: Booth) -> None:
    """Recorded from the answer to `**`, and again; what is asked and keyed between is in neither."""
    account, pin = booth.account("10")
    announcement = booth.directory / "notice.wav"
    write_tone(announcement, OTHER, seconds=0.2)
    plan = Recording(mode="always", announce="no")
    recorder = call(
        lambda: record(
            booth.exchange, plan, booth.directory, announcement, asterisk=booth.telephony.main,
            records=booth.telephony.records, reactor=reactor, clock=ReactorClock(reactor),
        )
    )  # fmt: skip

    async def story(phone: SoftPhone) -> None:
        await phone.registered()
        await phone.command("dial", f"600{account}{pin}{MOBILE}")
        await phone.hears(OUTSIDE_TONE)
        await phone.hears(ONE)
        await press(phone, "**")
        await booth.prompts.heard("For other services")
        await press(phone, "*5")
        await booth.prompts.heard("Please enter your PIN")
        await press(phone, f"{pin}#")
        await booth.prompts.heard("Please enter the new PIN")
        await press(phone, "0000#*")
        await booth.prompts.heard("Please enter the number", 2)
        await press(phone, f"{SECOND}#")
        await phone.hears(OUTSIDE_TONE)
        await phone.hears(ONE)
        await phone.command("hangup")
        await booth.settled(2)
        await shelf.ended()

    shelf = Shelf(booth.directory, booth.telephony.main)
    with booth.phone("8005", ONE) as phone:
        run(story(phone))
    call(recorder.stop)
    assert "This PIN is too easy to guess. Please choose another." in booth.prompts.said
    kept = shelf.sealed()
    assert len(kept) == 2
    for recording in kept:
        assert recording.share(0, ONE) > 0.7
        assert recording.share(1, SAID) < 0.05, "nothing that was asked"
    for file, text in booth.telephony.said():
        assert f"{account}{pin}" not in text, file


def test_a_caller_from_outside_who_is_handed_to_600_is_refused(booth: Booth) -> None:
    """A nurse's telephone hands them on to 600, account and PIN: a sentence, and no call."""
    account, pin = booth.account("10")
    answered: Heard[IncomingCall] = Heard()

    async def hand_on(caller: IncomingCall) -> None:
        answered.append(caller)
        await booth.exchange.second_calls.forward(caller, "8005", f"600{account}{pin}{MOBILE}")

    booth.exchange.inbound = hand_on

    async def story() -> None:
        calling = Deferred.fromCoroutine(
            booth.telephony.simulator.call_in({"called": "057188880000", "caller": SECOND, "talk": 20})
        )
        await booth.prompts.heard("Calls at an account's cost are not possible from outside.")
        await answered[0].hang_up()
        await calling

    run(story())
    assert booth.leases() == []
    refused = [event for event in booth.happened if isinstance(event, CallRefused)]
    assert [event.why for event in refused] == ["Calls at an account's cost are not possible from outside."]
    assert booth.balance(account) == yuan(10)


def loudest(file: Path, tone: int) -> float:
    """The greatest share that a tone has of any half second in a WAV."""
    with wave.open(str(file)) as sound:
        data = sound.readframes(sound.getnframes())
    samples = memoryview(data).cast("h").tolist()
    return max((share(samples[at : at + 4000], tone) for at in range(0, len(samples) - 4000, 800)), default=0.0)

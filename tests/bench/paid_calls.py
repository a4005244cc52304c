"""Fifty telephones on ten accounts dial 600 through SIPp, and the daemon is killed three times: the books balance.

python -m tests.bench.paid_calls [--minutes 10]

SIPp is the telephones; the simulated carrier answers. What each call ought to cost is worked out from Asterisk's own
channel event log and the tariff's file, not from the running box. Two of the accounts run out of money on the way.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import psutil
import sqlalchemy as sa

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.database import create_engine
from appliance.foundation.values import Money, in_yuan, yuan
from billing.accounts import Accounts
from billing.audit import discrepancies
from pbx.engine.program import call_records
from pbx.engine.records import Record, parse
from tests.bench.figures import Figure, Row
from tests.bench.house import private_house
from tests.e2e.house import House
from tests.e2e.house import Row as Record_
from tests.e2e.money import price
from tests.e2e.patience import until
from tests.ports import free_ports
from tests.real_reactor import reactor, run

T = TypeVar("T")

HOST = "127.0.0.1"
PHONES, ACCOUNTS, KILLS = 50, 10, 3
TALKS = (3, 7, 13, 29, 47)
"""Seconds until the telephone hangs up; each by a fifth of the telephones."""
NUMBERS = ("13800138000", "02155550100", "13900139000")
RICH, POOR = "200", "1"
SCENARIO = Path(__file__).parent / "scenarios" / "pay_and_talk.xml"
PATIENCE = 300.0
AGAIN = 5000
"""Milliseconds in which each telephone dials at most once, also while it is refused."""
LEDGER = "SELECT account, kind, amount, reference FROM ledger_postings JOIN ledger_entries ON id = entry"


@dataclass
class Outcome:
    """faults: what does not add up, in words."""

    leases: Sequence[Record_] = ()
    charged: int = 0
    paid_in: int = 0
    balance: int = 0
    faults: list[str] = field(default_factory=list)


class Storage:
    """The house's records, beside the running daemon."""

    def __init__(self, house: House) -> None:
        self.engine = create_engine(f"sqlite:///{house.records}")

    async def transact(self, work: Callable[[sa.Connection], T]) -> T:
        """In this thread: nothing else waits."""
        with self.engine.begin() as connection:
            return work(connection)


def measure(house: House, minutes: float = 10) -> Figure:
    """Let them dial for so long, kill in between, and check every call."""
    accounts = open_accounts(house)
    with tempfile.TemporaryDirectory(prefix="nbpaid") as directory:
        sipps = [start(house, Path(directory), accounts, index, talk) for index, talk in enumerate(TALKS)]
        back = [killed_after(house, 60 * minutes / (KILLS + 1)) for _ in range(KILLS)]
        rest(60 * minutes / (KILLS + 1))
        for sipp in sipps:
            sipp.send_signal(signal.SIGUSR1)  # no new calls; those under way go on
        counted = [finish(sipp, Path(directory) / f"stat-{index}") for index, sipp in enumerate(sipps)]
        counts = sum(counted, Counter[str]())
    until(lambda: not house.rows("SELECT 1 FROM leases WHERE state != 'settled'"), "every call to be settled", PATIENCE)
    outcome = check(house, accounts)
    assert not outcome.faults, "\n".join(outcome.faults[:20])
    talked = [float(lease["seconds"]) for lease in outcome.leases if lease["answered_at"]]
    late = [lease for lease in outcome.leases if lease["explanation"] and "not charged" in lease["explanation"]]
    return Figure(
        f"{PHONES} telephones on {ACCOUNTS} accounts for {minutes:g} minutes, the daemon killed {KILLS} times",
        [
            Row("seconds charged, of a call that was answered", talked, "s"),
            Row("until the daemon is back and takes calls", back, "s"),
        ],
        (
            f"{counts['dialled']:,} times dialled, {len(outcome.leases):,} calls leased, {len(talked):,} answered, "
            f"{sum(talked) / 60:,.0f} minutes charged; {counts['refused']:,} were refused (no credit, or no daemon).",
            f"{in_yuan(Money(outcome.paid_in))} yuan paid in = {in_yuan(Money(outcome.charged))} charged "
            f"+ {in_yuan(Money(outcome.balance))} left, to the smallest unit; every charge recomputed from Asterisk's "
            f"log, none twice, none missing, nothing held; {len(late)} calls were cut late, at our cost.",
            f"Mean load of the machine at the end: {os.getloadavg()[1]:.1f}.",
        ),
    )


def open_accounts(house: House) -> dict[str, str]:
    """Account to PIN; the last two have little money."""
    books = Accounts(Storage(house), house.plan().billing, ReactorClock(reactor), Bus())
    found = {}
    for index in range(ACCOUNTS):
        number, pin = run(books.open(f"bench {index}", "en", "bench"))
        credit = POOR if index >= ACCOUNTS - 2 else RICH
        run(books.deposit(number, yuan(credit), "bench", f"bench-{number}"))
        found[number] = pin
    return found


def start(house: House, directory: Path, accounts: dict[str, str], index: int, talk: int) -> subprocess.Popen[bytes]:
    """A fifth of the telephones: one SIPp, which never has more calls than telephones."""
    share = PHONES // len(TALKS)
    secrets = {one["extension"]: one["secret"] for one in house.told["sip"]["accounts"]}
    phones = [f"80{number:02}" for number in range(1 + index * share, 1 + (index + 1) * share)]
    pairs = list(accounts.items())
    lines = ["SEQUENTIAL"]
    for place, phone in enumerate(phones):
        (account, pin), number = pairs[(index * share + place) % ACCOUNTS], NUMBERS[place % len(NUMBERS)]
        proof = f"[authentication username={phone} password={secrets[phone]}]"
        lines.append(f"{phone};{proof};600{account}{pin}{number};")
    dialled, scenario = directory / f"dialled-{index}.csv", directory / f"scenario-{index}.xml"
    dialled.write_text("\n".join(lines) + "\n")
    scenario.write_text(SCENARIO.read_text().replace("TALK", str(1000 * talk)))
    port, control = free_ports(2)
    argv = [
        "sipp", f"{HOST}:{house.told['sip']['port']}", "-sf", str(scenario), "-inf", str(dialled), "-i", HOST,
        "-p", str(port), "-cp", str(control), "-nostdin", "-l", str(share), "-r", str(share),
        "-rp", str(AGAIN), "-key", "ear", "9", "-cid_str", "%u-%p", "-recv_timeout", "90000", "-fd", "5",
        "-trace_stat", "-stf", str(directory / f"stat-{index}"),
    ]  # fmt: skip
    with (directory / f"sipp-{index}").open("wb") as said:
        return subprocess.Popen(argv, cwd=directory, stdin=subprocess.DEVNULL, stdout=said, stderr=said)


def rest(seconds: float) -> None:
    """Let them dial."""
    time.sleep(seconds)


def killed_after(house: House, seconds: float) -> float:
    """`kill -9` of the daemon after so long; how many seconds until the next one is in touch with the exchange."""
    rest(seconds)
    killed = house.pid("daemon")
    os.kill(killed, signal.SIGKILL)
    began = time.monotonic()
    psutil.wait_procs([psutil.Process(killed)] if psutil.pid_exists(killed) else [], timeout=30)
    house.until_new("daemon", killed)
    until(lambda: house.health().get("exchange:asterisk") == "up", "the daemon to be in touch again", PATIENCE)
    return time.monotonic() - began


def finish(sipp: subprocess.Popen[bytes], counted: Path) -> Counter[str]:
    """Wait for its last call; what it counted."""
    sipp.wait(PATIENCE)
    header, *rows = counted.read_text().splitlines()
    last = dict(zip(header.split(";"), rows[-1].split(";"), strict=False))
    assert int(last["SuccessfulCall(C)"]), counted.with_name(counted.name.replace("stat", "sipp")).read_text()[-2000:]
    return Counter(dialled=int(last["TotalCallCreated"]), refused=int(last["FailedCall(C)"]))


def check(house: House, accounts: dict[str, str]) -> Outcome:
    """Every call against Asterisk's log and the tariff's file, and the books against themselves."""
    found = Outcome()
    answers, ends = log_of(house)
    marks = ", ".join("?" * len(accounts))
    found.leases = house.rows(f"SELECT * FROM leases WHERE account IN ({marks})", *accounts)
    charges = Counter[str]()
    moved = f"{LEDGER} WHERE account IN ({marks})"
    for line in house.rows(moved, *accounts):
        if line["kind"] == "charge":
            charges[line["reference"]] += 1
            found.charged -= line["amount"]
        else:
            found.paid_in += line["amount"]
    for lease in found.leases:
        call = str(lease["call"])
        seconds = 0
        if call in answers:
            seconds = min(math.ceil((ends[call] - answers[call].at).total_seconds()), lease["granted_seconds"])
        charge = price(house, lease["called"], lease["answered_at"], seconds) if seconds else 0
        if (lease["seconds"], lease["charge"], charges.pop(call, 0)) != (seconds, charge, 1 if charge else 0):
            found.faults.append(f"call {call}: {dict(lease)}, but Asterisk says {seconds} s, which cost {charge}")
    found.faults += [f"{call} was charged without a call" for call in charges]
    leased = {str(lease["call"]) for lease in found.leases}
    found.faults += [f"call {call} was answered and has no lease" for call in answers if call not in leased]
    rows = house.rows(f"SELECT number, balance, reserved FROM accounts WHERE number IN ({marks})", *accounts)
    found.balance = sum(row["balance"] for row in rows)
    found.faults += [
        f"account {row['number']} is wrong: {dict(row)}" for row in rows if row["reserved"] or row["balance"] < 0
    ]
    if found.paid_in != found.charged + found.balance:
        found.faults.append(f"{found.paid_in} paid in, {found.charged} charged, {found.balance} left")
    with Storage(house).engine.connect() as connection:
        found.faults += [why.text("en") for why in discrepancies(connection)]
    house.cli("journal", "verify")
    return found


def log_of(house: House) -> tuple[Mapping[str, Record], Mapping[str, datetime]]:
    """Of each paid call the answer of its outside leg, and the first end of a leg of it after that."""
    file = call_records(house.directory / "asterisk")
    records = [one for line in file.read_text("utf-8", "replace").splitlines() if (one := parse(line)) is not None]
    answers: dict[str, Record] = {}
    for one in records:
        call, out, _ = one.channel.partition("-out-")
        if one.kind == "ANSWER" and out:
            answers.setdefault(call, one)
    ends = {}
    gone = [one for one in records if one.kind == "HANGUP"]
    by_channel = {one.channel: one for one in reversed(gone)}
    for call, answer in answers.items():
        legs = [
            by_channel[c] for c in (answer.channel, answer.linked) if c in by_channel and by_channel[c].at >= answer.at
        ]
        ends[call] = min(one.at for one in legs)
    return answers, ends


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    asked = parser.parse_args()
    with private_house() as house:
        measure(house, asked.minutes).print()


if __name__ == "__main__":
    main()

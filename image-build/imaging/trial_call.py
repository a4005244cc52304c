"""The part of `make image-test` with telephones: a patient dials 600 at one, and pays; both ends are SIPp's.

The telephone and the carrier are outside of the machine, as they are in a hospital: the telephone comes through QEMU's
network to port 5060 of the box, the carrier is at the address under which the box knows this machine.
"""

from __future__ import annotations

import re
import subprocess
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from imaging.browser import Browser
from imaging.machine import HOST, Machine, free_port, wait_for
from imaging.words import words

if TYPE_CHECKING:
    from imaging.trial import Trial

SCENARIOS = Path(__file__).parent.parent.parent / "tests" / "integration" / "scenarios"
NUMBER = "13800138000"
DEPOSIT = "10.00"
SIX_SECONDS = Decimal("0.06")
TARIFF = "prefix,rate_per_minute,first_seconds,next_seconds\n86,0.60,6,6\n"
TALK = 4000
"""Milliseconds."""
TELEPHONES = """
[pbx]
[[pbx.extensions]]
numbers = "8001-8003"
name = {{ zh = "病区", en = "Wards" }}

[[pbx.trunks]]
id = "carrier"
name = {{ zh = "运营商", en = "Carrier" }}
host = "{host}"
port = {port}
tariff = "cost"
probe = 0

[billing]
access = "600"
tariff = "retail"
"""


def telephones(port: int) -> str:
    """The plan's part on telephones. port: of this machine, where the carrier answers."""
    return TELEPHONES.format(host=HOST, port=port)


def a_patient_pays(trial: Trial, machine: Machine, password: str, patience: float) -> str:
    """Call outside by 600; what was charged, in words. Raises OSError, Wrong, TooLate, CalledProcessError."""

    browser = Browser(machine.port)
    browser.log_in("admin", password)
    for name in ("retail", "cost"):
        trial.ssh(
            machine,
            f"printf %s '{TARIFF}' > /run/{name}.csv && nightbell tariff import {name} /run/{name}.csv",
        )
    account, pin = _account(browser)
    secret = _secret(browser)
    directory = trial.directory / "sipp"
    directory.mkdir(exist_ok=True)
    carrier = _sipp("answer_until_cut", directory, patience, "-p", str(trial.carrier_port), "-key", "extension", NUMBER)
    try:
        telephone = _sipp(
            "talk_and_hang_up", directory, patience, f"127.0.0.1:{machine.sip_port}", "-p", str(free_port()),
            "-s", f"600{account}{pin}{NUMBER}", "-au", "8001", "-ap", secret, "-key", "extension", "8001",
            "-d", str(TALK),
        )  # fmt: skip
        _well(telephone)
        _well(carrier)
    finally:
        carrier.kill()
        carrier.wait()
    left = wait_for(lambda: _left(browser, account), patience, "the call is settled", machine.stands)
    charged = Decimal(DEPOSIT) - left
    if charged <= 0 or charged % SIX_SECONDS:
        raise OSError(words(f"扣款 ¥{charged}，与资费不符", f"¥{charged} was charged, which no tariff says"))
    return words(f"扣款 ¥{charged}", f"¥{charged} was charged")


def _left(browser: Browser, account: str) -> Decimal | None:
    """What is on the account; None while a call holds some of it, or none has been paid."""
    shown = re.findall(r"<dt>(?:Balance|Held by calls)</dt><dd[^>]*>\D*([\d.,]+)", browser.page(f"/accounts/{account}"))
    if len(shown) != 2:
        raise OSError(words("账户页没有显示余额", "the page of the account shows no balance"))
    balance, held = (Decimal(one.replace(",", "")) for one in shown)
    return None if held or balance == Decimal(DEPOSIT) else balance


def _account(browser: Browser) -> tuple[str, str]:
    """A fresh one with money on it: number and PIN."""
    page = browser.fill("/accounts", "/accounts", holder="Trial", language="en")
    told = re.search(r'action="/accounts/(\d+)/deposit".*', page)
    pin = re.search(r'class="pin num-font">(\d+)<', page)
    if told is None or pin is None:
        raise OSError(words("账户页没有显示账号与 PIN", "the page of the account shows no number and PIN"))
    number = told[1]
    page = browser.fill(
        f"/accounts/{number}", f"/accounts/{number}/deposit", amount=DEPOSIT, reference="trial-1", note=""
    )
    if DEPOSIT not in page:
        raise OSError(words("充值未入账", "the deposit is not on the account"))
    return number, pin[1]


def _secret(browser: Browser) -> str:
    """Of extension 8001, as who sets up a telephone by hand reads it."""
    page = browser.fill("/exchange/phones", "/exchange/phones/soft", number="8001", place="Ward A")
    found = re.search(r"^Password\s+(\S+)$", page, re.MULTILINE)
    if found is None:
        raise OSError(words("话机页没有显示密码", "the page of the telephone shows no password"))
    return found[1]


def _sipp(scenario: str, directory: Path, patience: float, *more: str) -> subprocess.Popen[bytes]:
    argv = [
        "sipp", "-sf", str(SCENARIOS / f"{scenario}.xml"), "-m", "1", "-i", "127.0.0.1", "-nostdin", "-trace_msg",
        "-key", "ear", str(free_port()), "-timeout", f"{patience:.0f}s", "-timeout_error", *more,
    ]  # fmt: skip
    log = (directory / f"{scenario}.log").open("wb")
    with log:
        return subprocess.Popen(argv, cwd=directory, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _well(call: subprocess.Popen[bytes]) -> None:
    code = call.wait()
    if code:
        raise OSError(f"sipp {call.args!r}: {code}")

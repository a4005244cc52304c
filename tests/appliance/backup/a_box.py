"""A box that was lived in: the sample hospital's people, money and plan, a password, a sealed recording, a fax."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

from click.testing import CliRunner, Result

from appliance.cli import main
from appliance.demo import Hospital
from appliance.direct import finish
from appliance.foundation.bus import Bus
from appliance.foundation.clock import CommandClock
from appliance.foundation.database import DirectDatabase, create_engine
from appliance.foundation.migrate import upgrade
from appliance.foundation.values import yuan
from appliance.kept_secrets import KeptSecrets
from appliance.settings import Settings, load
from billing.accounts import Accounts
from billing.plan import BillingPlan
from pbx.leg import Leg
from pbx.recording import store
from pbx.recording.rule import Ends
from pbx.recording.talk import Talk
from pbx.recording.workshop import Workshop
from tests.fakes.clock import FakeClock
from tests.pbx.recording.shelf import sound

TALK = "ab" * 16
PASSPHRASE = "长长的口令 correct horse"


def empty(directory: Path, database: str = "") -> Path:
    """The settings file of a box that nobody has lived in."""
    directory.mkdir(parents=True, exist_ok=True)
    file = directory / "nightbell.toml"
    text = f'language = "en"\ndatabase = "{database}"\n[recordings]\nmove_below = 0\nstop_below = 0\n'
    file.write_text(text, "utf-8")
    return file


def lived_in(directory: Path, database: str = "") -> Path:
    """The settings file of one that was."""
    file = empty(directory, database)
    settings = load(file)
    engine = create_engine(settings.database_url)
    upgrade(engine)
    records = DirectDatabase(engine)
    told = Hospital(settings, records).fill(0)
    accounts = Accounts(records, BillingPlan(), CommandClock(), Bus())
    for number in (one["number"] for one in told["accounts"]):
        finish(accounts.deposit(number, yuan(7), "cashier", f"R{number}"))
    KeptSecrets(settings.secrets).keep("trunk", "s3cret")
    settings.faxes.mkdir()
    (settings.faxes / "one.pdf").write_bytes(b"%PDF a fax")
    _recorded(settings, records)
    engine.dispose()
    return file


def _recorded(settings: Settings, records: DirectDatabase) -> None:
    places, now = settings.recording_places, CommandClock().now()
    talk = Talk("c1", Leg("l1"), Leg("l2"), "b1", "8001", "8002", Ends("internal", ("8001", "8002")))
    with records.engine.begin() as connection:
        store.begin(connection, TALK, talk, "", "alaw", now, timedelta(days=30))
        store.end(connection, TALK, now)
    places.spool.mkdir(parents=True)
    places.raw(TALK).write_bytes(sound(2).tobytes())
    os.utime(places.raw(TALK), (now.timestamp(),) * 2)
    Workshop(records.engine, places, FakeClock(now + timedelta(minutes=1))).work()


def nightbell(box: Path, *words: str, passphrase: str = PASSPHRASE) -> Result:
    """Run a verb."""
    return CliRunner(env={"NIGHTBELL_PASSPHRASE": passphrase}).invoke(
        main, ["--settings", str(box), "--language", "en", *words]
    )

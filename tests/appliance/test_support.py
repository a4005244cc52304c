"""The bundle for support says how the box is, and nothing of whom it serves."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import cast

import pytest
import sqlalchemy as sa

from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions, create_engine
from appliance.own_command import OwnCommand
from appliance.settings import load
from appliance.support.desk import SupportDesk
from appliance.support.masking import Mask
from nursecall.schema import patients
from tests.appliance.backup.a_box import lived_in, nightbell

HOSPITAL = Path(__file__).parents[2] / "hospital"


@pytest.fixture(scope="module")
def box(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample hospital, with logs that say more than they should."""
    file = lived_in(tmp_path_factory.mktemp("box"))
    settings = load(file)
    plan = HOSPITAL / "plan.toml"
    settings.plan_copy.write_text(plan.read_text("utf-8"), "utf-8")
    settings.logs.mkdir()
    told = json.loads((file.parent / "demo.json").read_text("utf-8"))
    lines = ["2026-03-02T09:15:30+0000 [x] line ward-a is open on 127.0.0.1:31080", "pin=4711 password: hunter2"]
    lines += [f"account {one['number']} of {one['holder']}, PIN {one['pin']}" for one in told["accounts"]]
    lines += [f"bed 3 is {row['name']}, {row['number']}: {row['note']}" for row in rows("patients")]
    lines += [f"SMS to +86{row['mobile']} ({row['name']}), sip:1@mail.example" for row in rows("staff")]
    (settings.logs / "daemon.log").write_text("\n".join(lines), "utf-8")
    return file


def rows(name: str) -> list[dict[str, str]]:
    """Of a list of the sample hospital."""
    with (HOSPITAL / f"{name}.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def everything(content: bytes) -> str:
    """All that is in it, besides the README and the names of packages."""
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        names = [name for name in pack.namelist() if name != "README.txt"]
        text = "\n".join(pack.read(name).decode() for name in names)
    return re.sub(r'"packages": \[.*?\]', "", text, flags=re.DOTALL)


def made(box: Path, out: Path) -> bytes:
    """A bundle."""
    done = nightbell(box, "support", str(out))
    assert done.exit_code == 0, done.output
    return out.read_bytes()


def test_nobody_is_in_it(box: Path, tmp_path: Path) -> None:
    """No name, number, PIN, password, text or secret of the sample hospital, and no Chinese at all."""
    text = everything(made(box, tmp_path / "box.zip"))
    told = json.loads((box.parent / "demo.json").read_text("utf-8"))
    for row in (*rows("patients"), *rows("staff")):
        for key in ("name", "number", "mobile", "note"):
            assert not row.get(key) or row[key] not in text, row
    for account in told["accounts"]:
        assert account["number"] not in text
        assert account["holder"] not in text
    for log_in in told["logins"]:
        assert log_in["password"] not in text
    for secret in ("s3cret", "hunter2", "4711", "mail.example"):
        assert secret not in text
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []
    assert re.findall(r"(?<![\d.])1[3-9]\d{9}(?!\d)", text) == []


def test_the_image_brings_a_bill_of_materials(tmp_path: Path) -> None:
    """A box that was installed otherwise has none."""
    file = tmp_path / "nightbell.cdx.json"
    desk = SupportDesk(cast(OwnCommand, None), cast(Transactions, None), cast(Clock, None), file)
    assert desk.bill() is None
    file.write_bytes(b"{}")
    assert desk.bill() == b"{}"


def test_what_helps_is_in_it(box: Path, tmp_path: Path) -> None:
    """Figures, versions, which lines and trunks there are, when what happened."""
    content = made(box, tmp_path / "box.zip")
    with zipfile.ZipFile(io.BytesIO(content)) as pack:
        told = json.loads(pack.read("box.json"))
        plan = json.loads(pack.read("plan.json"))
        log = pack.read("log/daemon.log").decode()
        journal = [json.loads(line) for line in pack.read("journal.jsonl").decode().splitlines()]
    assert told["records"]["rows"]["staff"] > 5
    assert (told["records"]["journal broken"], told["records"]["ledger broken"]) == (0, 0)
    assert "2026-03-02T09:15:30+0000 [x] line ward-a is open on 127.0.0.1:31080" in log
    assert plan["pbx"]["trunks"][0]["id"]
    assert plan["nursecall"]["wards"][0]["name"] == {"zh": "[…]", "en": "[…]"}
    assert {"billing.MoneyMoved", "appliance.PlanActivated"} <= {one["kind"] for one in journal}


def test_it_is_made_without_records_too(tmp_path: Path) -> None:
    """That is when help is needed most; then whatever looks like a name is masked."""
    file = tmp_path / "nightbell.toml"
    file.write_text('language = "en"\ndatabase = "sqlite:////nowhere/at/all"\n', "utf-8")
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "daemon.log").write_text("call of John Smith and 王建国 failed", "utf-8")
    text = everything(made(file, tmp_path / "box.zip"))
    assert "cannot be opened" in text
    assert "call of [name] and […] failed" in text


def test_masks_keep_what_is_harmless() -> None:
    """Times, addresses, short figures; not what is written with spaces or a plus."""
    mask = Mask({"John Smith"})
    assert mask.text("2026-03-02 10.0.0.5:5060 took 350 ms, 8001 -> +86 138-0000-0001") == (
        "2026-03-02 10.0.0.5:5060 took 350 ms, 8001 -> [13 digits]"
    )
    assert mask.event({"kind": "deposit", "name": "John", "amount": 5, "at": "2026-03-02"}) == {
        "kind": "deposit", "name": "[…]", "amount": 5, "at": "2026-03-02",
    }  # fmt: skip
    assert mask.document({"password": "x", "card": {"secret": "file:/a"}}) == {
        "password": "[secret]", "card": {"secret": "file:/a"},
    }  # fmt: skip


def test_a_patient_admitted_today_is_masked(box: Path, tmp_path: Path) -> None:
    """The names are those of now, in any script."""
    engine = create_engine(load(box).database_url)
    with engine.begin() as connection:
        one = connection.execute(sa.select(patients.c.key).limit(1)).scalar_one()
        connection.execute(patients.update().where(patients.c.key == one).values(name="Zoë"))
    engine.dispose()
    log = load(box).logs / "speech.log"
    log.write_text("said: bed 28, Zoë", "utf-8")
    assert "Zoë" not in everything(made(box, tmp_path / "box.zip"))

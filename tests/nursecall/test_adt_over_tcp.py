"""Messages through a real socket, sent by clients that we did not write: those of python-hl7."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hl7
import pytest
from hl7.client import MLLPClient
from hl7.mllp import open_hl7_connection

from appliance.foundation.bus import Bus
from appliance.foundation.clock import ReactorClock
from appliance.foundation.database import Database, metadata
from appliance.foundation.health import HealthChanged
from nursecall.adt_server import AdtServers
from nursecall.patients import Patients
from tests import real_reactor
from tests.nursecall.adt_feed import ZONE, adt, feed, person, plan

LI = person("V1", "内一^^28", name="李^明", grade="一级")


class There:
    """A server on a free port of this machine, over a database in a file."""

    def __init__(self, directory: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        reactor = real_reactor.start()
        self.clock, self.bus = ReactorClock(reactor), Bus()
        self.database = Database(f"sqlite:///{directory / 'records.sqlite'}", reactor)  # type: ignore[arg-type]
        metadata.create_all(self.database.engine)
        self.health: list[str] = []
        self.bus.subscribe(HealthChanged, lambda event: self.health.append(f"{event.state.value} {event.detail}"))
        self.start()

    def start(self) -> None:
        """As after a restart of the box."""
        self.patients = Patients(self.database, self.bus, self.clock)
        real_reactor.run(self.patients.load())
        the_plan = plan().model_copy(update={"adt": (feed(listen=f"127.0.0.1:{self.port}"),)})
        self.servers = AdtServers(
            the_plan, ZONE, self.patients, self.database,
            reactor=real_reactor.reactor, clock=self.clock, bus=self.bus,
        )  # fmt: skip
        real_reactor.call(self.servers.start)

    def stop(self) -> None:
        """The ports are free at once."""
        real_reactor.run(self.servers.stop())

    def beds(self) -> dict[str, str]:
        """Visit by bed."""
        return {f"{patient.ward}:{patient.bed}": patient.visit for patient in self.patients.every()}


@pytest.fixture
def there(tmp_path: Path) -> Iterator[There]:
    """A server of one's own."""
    server = There(tmp_path)
    yield server
    server.stop()
    server.database.close()


def answer(data: bytes) -> hl7.Message:
    """What python-hl7 makes of our answer."""
    assert data.startswith(b"\x0b")
    assert data.endswith(b"\x1c\r")
    return hl7.parse(data[1:-2].decode())


def test_python_hl7s_client_is_answered_in_hl7(there: There) -> None:
    """Sent again over another connection it is the same; the acknowledgement can be parsed by who we did not write."""
    message = adt("A01", 0, LI, control="77")
    for _ in range(2):
        with MLLPClient("127.0.0.1", there.port) as client:
            ack = answer(client.send_message(message))
        assert [str(ack["MSA"][0](number)) for number in (1, 2)] == ["AA", "77"]
        assert (str(ack["MSH"][0](5)), str(ack["MSH"][0](9))) == ("HIS", "ACK^A01^ACK")
    assert there.beds() == {"w1:28": "V1"}


def test_its_asyncio_client_sends_a_whole_day_over_one_connection(there: There) -> None:
    """Every message waits for its answer."""
    story = [
        adt("A01", 0, LI),
        adt("A01", 1, person("V2", "内一^^29")),
        adt("A17", 2, person("V1", "内一^^29"), person("V2", "内一^^28")),
        adt("A21", 3, person("V2")),
        adt("A05", 4, person("V2")),
        adt("A03", 5, person("V1")),
    ]

    async def send() -> list[str]:
        reader, writer = await open_hl7_connection("127.0.0.1", there.port, encoding="utf-8")
        codes = []
        for message in story:
            writer.writemessage(hl7.parse(message))
            await writer.drain()
            codes.append(str((await reader.readmessage())["MSA"][0](1)))
        writer.close()
        return codes

    assert asyncio.run(send()) == ["AA", "AA", "AA", "AA", "AR", "AA"]
    assert there.beds() == {"w1:28": "V2"}
    assert [patient.away for patient in there.patients.every()] == [True]


def test_its_command_sends_a_file(there: There, tmp_path: Path) -> None:
    """`mllp_send`, as an engineer would try the wire."""
    file = tmp_path / "messages.hl7"
    file.write_bytes(b"".join(b"\x0b" + m.encode() + b"\x1c\r" for m in (adt("A01", 0, LI), adt("A21", 1, LI))))
    command = [sys.executable, "-c", "from hl7.client import mllp_send; mllp_send()"]
    told = subprocess.run(
        [*command, "-p", str(there.port), "-f", str(file), "127.0.0.1"], capture_output=True, check=True, timeout=60
    )
    assert told.stdout.count(b"MSA|AA|") == 2
    assert there.beds() == {"w1:28": "V1"}


def test_a_restart_remembers_which_messages_came(there: There) -> None:
    """And listens at the same port at once."""
    message = adt("A01", 0, LI, control="1")

    def send() -> Any:
        with MLLPClient("127.0.0.1", there.port) as client:
            return answer(client.send_message(message))["MSA"][0]

    first = str(send())
    there.stop()
    there.start()
    assert str(send()) == first
    assert there.health.count("up ") == 2


def test_a_port_that_is_taken_is_told_and_listened_at_when_it_is_free(there: There) -> None:
    """In one sentence."""
    there.stop()
    with socket.create_server(("127.0.0.1", there.port)):
        there.start()
        assert there.health[-1] == "down Port {port} of {host} cannot be listened at: {why}."
        there.stop()
    there.start()
    assert there.health[-1].startswith("starting")

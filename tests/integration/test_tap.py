"""TAP over a real pseudo terminal: HylaFAX's `pagesend`, behind a modem of ours, pages our terminal."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from appliance.foundation.clock import ReactorClock
from appliance.simulator.pty import Pty
from nursecall.dialogue import Dialogue
from nursecall.wire.tap import Garbled, Page, Terminal
from tests.real_reactor import Heard, call, reactor, start

HYLAFAX = Path(__file__).parent.parent.parent / "build" / "hylafax" / "usr" / "lib" / "hylafax"
TEXT = "bed 28 call"
LATER, DONE = 0, 2
"""What pagesend ends with: the job is to be tried again; all its pages were taken."""

MODEM = """\
ModemType: Class1
ModemRate: 9600
ModemFlowControl: none
ModemResetDelay: 0
ModemSoftResetCmdDelay: 0
ModemDTRDropDelay: 0
ModemBaudRateDelay: 0
PagerTTYParity: none
IXOAckTimeout: 2
IXOXmitTimeout: 2
SessionTracing: 0xFFF
DialStringRules: etc/dialrules
UUCPLockDir: tmp
"""

JOB = """\
tts:0
killtime:4102444800
state:6
maxdials:3
maxtries:3
external:1
number:1
sender:test
client:localhost
owner:test
mailaddr:test
jobid:1
groupid:1
modem:{device}
jobtype:pager
notify:none
{pages}
data:0::docq/text
"""

SAYS = {"+FCLASS=?": "0,1", "+FTM=?": "24,48,72,96", "+FRM=?": "24,48,72,96"}

Spoils = Callable[[bytes], bytes]


class Modem:
    """A modem that answers at once and has our terminal behind it; `there` and `back` may spoil what passes."""

    def __init__(self, link: Path, there: Spoils, back: Spoils) -> None:
        self.heard: Heard[Page | Garbled] = Heard()
        self._there, self._back = there, back
        self._connected = False
        self._line = b""
        self._pty = Pty(link, reactor=reactor, received=self._received)
        self._dialogue = Dialogue(Terminal(), clock=ReactorClock(reactor), write=self._answer, happened=self._happened)

    @property
    def device(self) -> str:
        """The device as HylaFAX names it."""
        return "_".join(self._pty.link.readlink().parts[-2:])

    def plug(self) -> None:
        """Make the device."""
        self._pty.open()
        self._dialogue.opened()

    def unplug(self) -> None:
        """It is gone."""
        self._dialogue.closed()
        self._pty.close()

    def _happened(self, event: Page | Garbled) -> None:
        self.heard.append(event)

    def _answer(self, data: bytes) -> None:
        self._pty.write(self._back(data))

    def _received(self, data: bytes) -> None:
        if self._connected:
            # On a busy machine it comes in one piece with what was said before.
            hang_up = re.search(rb"ATH|\+\+\+", data)
            said = data[: hang_up.start()] if hang_up else data
            if said:
                self._dialogue.received(self._there(said))
            if hang_up is None:
                return
            self._connected, data = False, data[hang_up.start() :]
        *lines, self._line = (self._line + data).split(b"\r")
        for line in lines:
            self._command(line.decode())

    def _command(self, line: str) -> None:
        self._connected = line.startswith("ATD")
        said = "CONNECT 9600" if self._connected else "\r\n".join(filter(None, (SAYS.get(line[2:]), "OK")))
        self._pty.write(f"\r\n{said}\r\n".encode())


@contextmanager
def plugged(link: Path, there: Spoils = bytes, back: Spoils = bytes) -> Iterator[Modem]:
    """Our modem, while it is there."""
    start()
    modem = Modem(link, there, back)
    call(modem.plug)
    try:
        yield modem
    finally:
        call(modem.unplug)


def once(spoil: Spoils, wanted: bytes) -> Spoils:
    """`spoil` for the first thing that contains `wanted`, nothing for all others."""
    left = [spoil]

    def passes(data: bytes) -> bytes:
        return left.pop()(data) if left and wanted in data else data

    return passes


def pagesend(spool: Path, device: str, *pagers: str) -> int:
    """What HylaFAX's program ends with, sending `TEXT` to `pagers` in one session."""
    for name in ("etc", "sendq", "docq", "log", "status", "info", "tmp", "dev"):
        (spool / name).mkdir(parents=True)
    pages = "\n".join(f"page:0::{pager}" for pager in pagers)
    (spool / "etc" / f"config.{device}").write_text(MODEM)
    (spool / "etc" / "dialrules").write_text("")
    (spool / "docq" / "text").write_text(TEXT)
    (spool / "sendq" / "q1").write_text(JOB.format(device=device, pages=pages))
    # It insists on being root, if only of a world of its own.
    as_root = [] if os.geteuid() == 0 else ["unshare", "--map-root-user"]
    done = subprocess.run(
        [*as_root, HYLAFAX / "bin" / "pagesend", "-l", "-m", device, "sendq/q1"],
        cwd=spool,
        env={**os.environ, "LD_LIBRARY_PATH": str(HYLAFAX)},
        timeout=120,
        check=False,
    )
    return done.returncode


def page(pager: str) -> Page:
    """What is to come of it."""
    return Page(pager, TEXT, (pager, TEXT))


def test_their_pages_arrive(tmp_path: Path) -> None:
    """Logon, two blocks, goodbye."""
    with plugged(tmp_path / "modem") as modem:
        assert pagesend(tmp_path / "spool", modem.device, "28", "29") == DONE
        assert modem.heard == [page("28"), page("29")]


def test_a_page_whose_answer_is_lost_comes_again_and_is_told_once(tmp_path: Path) -> None:
    """Theirs hangs up without a goodbye, and sends the page once more in its next session."""
    spoilt = once(lambda data: b"", b"211 Page taken")
    with plugged(tmp_path / "modem", back=spoilt) as modem:
        assert pagesend(tmp_path / "first", modem.device, "28") == LATER
        assert pagesend(tmp_path / "second", modem.device, "28") == DONE
        assert modem.heard == [page("28")]


def test_a_spoilt_block_is_refused_and_comes_again(tmp_path: Path) -> None:
    """NAK; theirs says it again."""
    spoilt = once(lambda data: data.replace(b"bed", b"bad"), b"bed")
    with plugged(tmp_path / "modem", there=spoilt) as modem:
        assert pagesend(tmp_path / "spool", modem.device, "28") == DONE
        assert [type(event) for event in modem.heard] == [Garbled, Page]
        assert modem.heard[-1] == page("28")

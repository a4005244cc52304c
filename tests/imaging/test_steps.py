"""The build runs what changed, keeps what did not, and says in one sentence what went wrong."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from imaging import build
from imaging.refusal import Refusal
from imaging.show import Show
from imaging.steps import Step, Workshop, run
from imaging.words import words


@dataclass
class Programs:
    """Stands in for the programs: each writes a file, or fails."""

    failing: str = ""
    ran: list[str] = field(default_factory=list)

    def __call__(
        self, command: Sequence[str], environment: Mapping[str, str], log: Path, tick: Callable[[], None]
    ) -> tuple[int, str]:
        """As `steps.run`."""
        name, out = command[-2:]
        self.ran.append(name)
        (Path(out) / "made").write_text(name)
        return (1, "The disk is full.") if name == self.failing else (0, "")


@pytest.fixture(name="source")
def _source(tmp_path: Path) -> Path:
    file = tmp_path / "source"
    file.write_text("one")
    return file


def chain(source: Path) -> list[Step]:
    """Two steps, the second made of the first."""
    first = Step("first", ("一", "first"), 1, lambda out: ["first", str(out)], (source,))
    return [first, Step("second", ("二", "second"), 1, lambda out: ["second", str(out)], (), (), (first,))]


def workshop(directory: Path, programs: Programs) -> Workshop:
    """In `directory`, telling nobody."""
    return Workshop(directory, {}, Show(io.StringIO()), programs)


def test_what_did_not_change_is_not_made_again(tmp_path: Path, source: Path) -> None:
    """The second build of a commit takes no time."""
    programs = Programs()
    workshop(tmp_path, programs).make(chain(source))
    workshop(tmp_path, programs).make(chain(source))
    assert programs.ran == ["first", "second"]
    assert (tmp_path / "second" / "made").read_text() == "second"


def test_what_changed_is_made_again_with_all_that_follows(tmp_path: Path, source: Path) -> None:
    """By content and by whether it may be run, not by date."""
    programs = Programs()
    workshop(tmp_path, programs).make(chain(source))
    source.write_text("two")
    workshop(tmp_path, programs).make(chain(source))
    source.chmod(0o755)
    workshop(tmp_path, programs).make(chain(source))
    assert programs.ran == ["first", "second"] * 3


def test_a_step_that_fails_says_why_and_leaves_what_was_there(tmp_path: Path, source: Path) -> None:
    """Its sentence, and where the whole story is."""
    workshop(tmp_path, Programs()).make(chain(source))
    source.write_text("two")
    programs = Programs(failing="second")
    with pytest.raises(Refusal, match=r"The disk is full\.") as refused:
        workshop(tmp_path, programs).make(chain(source))
    assert str(tmp_path / "log" / "second.log") in str(refused.value)
    assert (tmp_path / "second" / "made").exists()
    assert not (tmp_path / "second.new").exists()
    healed = Programs()
    workshop(tmp_path, healed).make(chain(source))
    assert healed.ran == ["second"]


def test_a_real_program_is_logged_and_its_sentence_heard(tmp_path: Path) -> None:
    """The sentence comes on descriptor 3."""
    log = tmp_path / "step.log"
    code, said = run(
        ["sh", "-c", "echo much; echo more >&2; echo short >&3; exit 7"], {"PATH": "/bin"}, log, lambda: None
    )
    assert (code, said) == (7, "short")
    assert log.read_text() == "much\nmore\n"


def test_a_full_disk_is_noticed_before_anything_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Asterisk's build needs more than the rest."""
    monkeypatch.setenv("NIGHTBELL_LANGUAGE", "en")
    free = type("Usage", (), {"free": 6e9})
    monkeypatch.setattr(shutil, "disk_usage", lambda _: free)
    build.check_room(tmp_path, ["root"])
    build.check_room(tmp_path, [])
    with pytest.raises(Refusal, match=r"The image needs 8 GB of free disk; .* has 6\.0 GB\."):
        build.check_room(tmp_path, ["asterisk", "root"])


def test_words_follow_the_scripts_rule() -> None:
    """Chinese unless told otherwise."""
    assert words("中", "E", {}) == "中"
    assert words("中", "E", {"LANG": "en_US.UTF-8"}) == "E"
    assert words("中", "E", {"LANG": "en_US.UTF-8", "NIGHTBELL_LANGUAGE": "zh"}) == "中"

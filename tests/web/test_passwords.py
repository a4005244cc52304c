"""Passwords: argon2id on threads of its own."""

from __future__ import annotations

import threading

import pytest

from tests.real_reactor import run, start
from web.passwords import Passwords, Threads, WeakPassword, fresh, judge


def test_hashing_never_runs_on_the_reactors_thread() -> None:
    """With the real cost; the right password fits, a wrong one and a stranger's do not."""
    threads = Threads(start())
    passwords = Passwords(threads)

    async def where() -> str:
        return await threads(lambda: threading.current_thread().name)

    async def story() -> list[object]:
        stored = await passwords.hash("lamp-and-bell")
        return [
            stored.startswith("$argon2id$"),
            await passwords.check(stored, "lamp-and-bell"),
            await passwords.check(stored, "lamp and bell"),
            await passwords.check("no hash at all", "x"),
            await passwords.check(None, "nobody at all"),
        ]

    try:
        assert "passwords" in run(where())
        assert run(story()) == [True, True, False, False, False]
    finally:
        threads.stop()


@pytest.mark.parametrize("password", ["short", "x" * 129, "Nurse-1-nurse", "12345678", "aaaabbbb", "lamp-and-bell"])
def test_a_poor_password_is_refused(password: str) -> None:
    """Too short, too long, the name in it, common, monotonous, the old one again."""
    with pytest.raises(WeakPassword):
        judge(password, "nurse", "lamp-and-bell")


def test_a_good_one_is_taken() -> None:
    """Chinese too."""
    judge("four lamps lit", "nurse", "lamp-and-bell")
    judge("床前明月光疑是地上", "nurse")


def test_a_fresh_password_is_never_one_that_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """One random password in a hundred holds the letters of a name like “it”: another is drawn."""
    drawn = iter("4itabc299xyz" + "kf83dmnq2zxp")
    monkeypatch.setattr("secrets.choice", lambda _letters: next(drawn))
    assert fresh("it") == "kf83-dmnq-2zxp"


def test_a_fresh_password_can_be_read_off_a_slip() -> None:
    """No two of its letters look alike: neither l, I and 1 nor O and 0."""
    assert not set("lIi1O0o") & set("".join(fresh("it") for _ in range(50)))

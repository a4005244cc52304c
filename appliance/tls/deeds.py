"""What people do with the certificate, at the panel or by command. Each returns what the journal is to hear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from appliance.tls import making
from appliance.tls.events import CertificateRequested, CertificateTaken, CertificateWithdrawn
from appliance.tls.judging import judged
from appliance.tls.names import Names, typed
from appliance.tls.offered import opened
from appliance.tls.shelf import Shelf
from web.certificates import NotTaken


def request(shelf: Shelf, wanted: str, organisation: str, by: str, now: datetime) -> tuple[bytes, CertificateRequested]:
    """A request for the names and addresses in `wanted`, with a key of its own that waits. Raises NotTaken."""
    names = typed(wanted)
    key, text = making.request(names, organisation)
    written(lambda: shelf.ask(key, text))
    return text, CertificateRequested(at=now, names=tuple(names), by=by)


def take(
    shelf: Shelf, files: Sequence[bytes], passphrase: str, names: Names, by: str, now: datetime
) -> CertificateTaken:
    """The hospital's certificate, if it fits. Raises NotTaken; then nothing has changed."""
    asked = shelf.asked()
    names = replace(names, others=(*names.others, *shelf.asked_names()))
    identity = judged(opened(files, passphrase), asked[0] if asked else None, names, now)
    written(lambda: shelf.take(identity))
    return CertificateTaken(at=now, sha256=identity.sha256, by=by)


def withdraw(shelf: Shelf, by: str, now: datetime, *, is_automatic: bool = False) -> CertificateWithdrawn:
    """Back to the box's own. is_automatic: the box asks for the hospital's by itself. Raises NotTaken."""
    if is_automatic:
        raise NotTaken("The box asks for the hospital's certificates by itself: turn that off first.")
    if not shelf.withdraw():
        raise NotTaken("The box's own certificate is in force already.")
    return CertificateWithdrawn(at=now, by=by)


def written(write: Callable[[], object]) -> None:
    """Keep something. Raises NotTaken where the disk does not."""
    try:
        write()
    except OSError as why:
        raise NotTaken("It could not be kept: {why}.", why=why.strerror or str(why)) from why

"""What becomes of an enrolment, at the panel, by command, or by the box. Each returns what the journal is to hear."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from OpenSSL import SSL

from appliance.settings import Listen
from appliance.tls.deeds import written
from appliance.tls.enrolment import Enrolment, checked, of_settings
from appliance.tls.enrolment_shelf import EnrolmentShelf
from appliance.tls.events import CertificateObtained, EnrolmentEnded, EnrolmentSet, RenewalWanted
from appliance.tls.judging import judged
from appliance.tls.names import Names
from appliance.tls.offered import opened
from appliance.tls.serving import loaded
from appliance.tls.shelf import Shelf
from web.certificates import NotTaken
from web.enrolments import Wish


def is_on(directory: Path, listen: Listen) -> bool:
    """Whether the box is to ask by itself."""
    return listen.acme is not None or EnrolmentShelf(directory).enrolment() is not None


@dataclass(frozen=True)
class Place:
    """Where an enrolment may stand. is_fixed: whether the box keeps its address."""

    directory: Path
    listen: Listen
    is_fixed: Callable[[], bool]

    @property
    def shelf(self) -> EnrolmentShelf:
        """For what is said at the panel or by command."""
        return EnrolmentShelf(self.directory)

    def is_on(self) -> bool:
        """Whether the box is to ask by itself."""
        return is_on(self.directory, self.listen)

    def enrolment(self) -> Enrolment | None:
        """That of the settings, else what was said here; None for neither. Raises NotTaken for unfit settings."""
        if self.listen.acme is not None:
            return of_settings(self.listen.acme, self.is_fixed)
        return self.shelf.enrolment()

    def check_open(self) -> None:
        """Whether it may be changed here. Raises NotTaken."""
        if self.listen.acme is not None:
            raise NotTaken("It is said under [panel.acme] in nightbell.toml, and can only be changed there.")


def enrol(place: Place, wish: Wish, names: Names, by: str, now: datetime) -> EnrolmentSet:
    """Ask that authority from now on. Raises NotTaken; then nothing has changed."""
    place.check_open()
    told = checked(wish, place.shelf.enrolment(), place.is_fixed)
    written(lambda: place.shelf.enrol(told))
    return EnrolmentSet(at=now, directory=told.directory, names=told.asked(names), by=by)


def end(place: Place, by: str, now: datetime) -> EnrolmentEnded:
    """Ask nobody any more; the certificate that is there stays. Raises NotTaken."""
    place.check_open()
    if not place.shelf.end():
        raise NotTaken("The box asks no authority by itself.")
    return EnrolmentEnded(at=now, by=by)


def renew(place: Place, by: str, now: datetime) -> RenewalWanted:
    """Ask for a new certificate now, whatever the rule says. Raises NotTaken."""
    if place.enrolment() is None:
        raise NotTaken("The box asks no authority by itself.")
    written(place.shelf.hurry)
    return RenewalWanted(at=now, by=by)


def install(
    shelf: Shelf, told: Enrolment, content: bytes, asked: Sequence[str], names: Names, now: datetime
) -> CertificateObtained:
    """What came, key and certificates in PEM, if it fits and OpenSSL loads it. Raises NotTaken; the old one stays."""
    identity = judged(opened([content], ""), None, replace(names, others=(*names.others, *asked)), now)
    try:
        loaded(identity)
    except SSL.Error as why:
        raise NotTaken("Browsers would not believe it: {why}.", why=str(why)) from why
    written(lambda: shelf.take(identity))
    return CertificateObtained(at=now, directory=told.directory, names=tuple(asked), sha256=identity.sha256)

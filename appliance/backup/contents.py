"""What belongs to a box besides its records: which of its files, and where each lies on this one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from appliance.backup.trouble import Trouble
from appliance.settings import Settings
from pbx.engine.program import recordings

FILES = "files"
"""Under this name in a backup."""
TALK = ("recordings", "recordings-second")
STRANGE = "The backup holds a file that belongs to no box: {name}."


def homes(settings: Settings) -> dict[str, Path]:
    """Directories (and two single files) that are kept, by their names in a backup; recorded talk is not among them."""
    return {
        "secrets": settings.secrets,
        "prompts": settings.prompts,
        "voicemail": settings.voicemail,
        "faxes": settings.faxes,
        "lines": settings.directory / "lines",
        "pagers": settings.directory / "pagers",
        "left-messages": recordings(settings.asterisk),
        "keys": settings.asterisk / "lib" / "keys",
        "tls": settings.tls,
        "card.secret": settings.card_secret,
        "recordings.key": settings.recording_places.key,
    }


def talk(settings: Settings) -> dict[str, Path]:
    """Where recorded talk is, by its names in a backup."""
    places = settings.recording_places
    return {TALK[0]: places.main} | ({TALK[1]: places.second} if places.second is not None else {})


def kept(settings: Settings, *, with_talk: bool) -> Iterator[tuple[str, Path]]:
    """Every file, by its name in a backup. What is being written (`.part`, `.new`, hidden) is left out."""
    for name, home in (homes(settings) | (talk(settings) if with_talk else {})).items():
        if home.is_file():
            yield name, home
        for file in sorted(home.rglob("*")) if home.is_dir() else ():
            if file.is_file() and not file.is_symlink() and not _unfinished(file):
                yield f"{name}/{file.relative_to(home).as_posix()}", file


def place(settings: Settings, name: str) -> Path:
    """Where the file of that name lies on this box; recorded talk all in the main store. Raises Trouble."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts:
        raise Trouble(STRANGE, name=name[:100])
    known = homes(settings) | dict.fromkeys(TALK, settings.recording_places.main)
    if parts[0] not in known:
        raise Trouble(STRANGE, name=name[:100])
    return known[parts[0]].joinpath(*parts[1:])


def _unfinished(file: Path) -> bool:
    return file.suffix in (".part", ".new") or file.name.startswith(".")

"""Documents that whoever calls may have faxed: kept as PDF and as the machine has them, made fit once, at upload."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from appliance.foundation import durable, journal
from appliance.foundation.bus import Bus
from appliance.foundation.clock import Clock
from appliance.foundation.database import Transactions
from appliance.foundation.values import new_id
from pbx.fax.events import FaxDocumentDeleted, FaxDocumentKept
from pbx.fax.office import Unfit
from pbx.fax.ports import Pages
from pbx.fax.schema import fax_documents

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
BAD_NAME = "A document's name has letters, digits, - and _ only, at most 32 of them."
NO_PDF = "This is no PDF that can be faxed. It may have at most 100 pages."


class NotKept(Exception):
    """Why not, an English message id. Nothing of it is kept; one of that name that was there stays."""


@dataclass(frozen=True)
class Document:
    """name: by which menus know it, such as `301` or `map`."""

    name: str
    pages: int
    kept_at: datetime
    by: str


class Documents:
    """directory: where the files are, for the owner's eyes only."""

    def __init__(self, directory: Path, pages: Pages, database: Transactions, clock: Clock, bus: Bus) -> None:
        self._directory, self._pages = directory, pages
        self._database, self._clock, self._bus = database, clock, bus

    def pdf(self, name: str) -> Path:
        """Its pages as people have them."""
        return self._directory / f"{name}.pdf"

    def tiff(self, name: str) -> Path:
        """Its pages as the machine has them."""
        return self._directory / f"{name}.tif"

    async def every(self) -> Sequence[Document]:
        """All of them, by name."""
        query = sa.select(fax_documents).order_by(fax_documents.c.name)
        return await self._database.transact(
            lambda connection: [Document(**row) for row in connection.execute(query).mappings()]
        )

    async def one(self, name: str) -> Document | None:
        """The document of that name, if its pages are there."""
        found = next((document for document in await self.every() if document.name == name), None)
        return found if found is not None and self.tiff(name).is_file() else None

    async def keep(self, name: str, pdf: bytes, by: str) -> Document:
        """Take a PDF in, in the place of one of that name. Raises NotKept."""
        if not NAME.fullmatch(name):
            raise NotKept(BAD_NAME)
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = f".{new_id()}"
        file, tiff = self._directory / f"{fresh}.pdf", self._directory / f"{fresh}.tif"
        try:
            file.touch(mode=0o600)
            file.write_bytes(pdf)
            count = await self._pages.make("tiff", file, tiff)
            document = Document(name, count, self._clock.now(), by)
            await self._write(document)
            durable.settle(tiff, self.tiff(name))
            durable.settle(file, self.pdf(name))
        except Unfit as why:
            raise NotKept(NO_PDF) from why
        finally:
            for left in (file, tiff):
                left.unlink(missing_ok=True)
        return document

    async def delete(self, name: str, by: str) -> bool:
        """Pages first: what is off the record is nowhere. False where there was none."""
        if not NAME.fullmatch(name) or not any(one.name == name for one in await self.every()):
            return False
        for file in (self.pdf(name), self.tiff(name)):
            file.unlink(missing_ok=True)
        gone = FaxDocumentDeleted(at=self._clock.now(), name=name, by=by)

        def write(connection: sa.Connection) -> None:
            connection.execute(fax_documents.delete().where(fax_documents.c.name == name))
            journal.append(connection, gone)

        await self._database.transact(write)
        self._bus.publish(gone)
        return True

    async def _write(self, document: Document) -> None:
        kept = FaxDocumentKept(at=document.kept_at, name=document.name, pages=document.pages, by=document.by)

        def write(connection: sa.Connection) -> None:
            connection.execute(fax_documents.delete().where(fax_documents.c.name == document.name))
            connection.execute(fax_documents.insert().values(vars(document)))
            journal.append(connection, kept)

        await self._database.transact(write)
        self._bus.publish(kept)

"""Pages to be faxed, and what came of them, told apart by their picture."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageSequence
from pypdf import PdfReader

from pbx.fax.pages import ACROSS, DOWN, WIDE


def drawn() -> list[Image.Image]:
    """Two pages that cannot be taken for one another, nor for themselves upside down."""
    pages = []
    for number in (1, 2):
        page = Image.new("1", (WIDE, 1100), 1)
        pen = ImageDraw.Draw(page)
        pen.rectangle((100, 100, 400 * number, 300), fill=0)
        pen.line((100, 1000, 1600, 500 * number), fill=0, width=9)
        pen.text((800, 400), f"PAGE {number}", fill=0)
        pages.append(page)
    return pages


def tiff(file: Path, pages: list[Image.Image]) -> Path:
    pages[0].save(file, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(ACROSS, DOWN))
    return file


def pages_of(file: Path) -> list[Image.Image]:
    """The pictures of a PDF or TIFF."""
    if file.suffix == ".pdf":
        return [page.images[0].image.convert("1") for page in PdfReader(file).pages]  # type: ignore[union-attr]
    with Image.open(file) as fax:
        return [frame.convert("1") for frame in ImageSequence.Iterator(fax)]


def same(one: list[Image.Image], other: list[Image.Image]) -> None:
    """Every dot came over."""
    assert [page.size for page in one] == [page.size for page in other]
    for page, twin in zip(one, other, strict=True):
        black = page.histogram()[0]
        assert black > 10_000
        assert ImageChops.logical_xor(page, twin).histogram()[255] == 0

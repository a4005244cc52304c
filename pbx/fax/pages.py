"""Pages as fax machines have them (TIFF) and as people have them (PDF): made in a process of its own.

`python -m pbx.fax.pages pdf|tiff FROM TO` prints how many pages there are. A file from outside may be made to harm:
here it can take neither the house's memory nor its time.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from PIL import Image, ImageSequence

WIDE, ACROSS, DOWN = 1728, 204, 196
"""Dots of a line, and dots an inch, of a fax of fine resolution."""
MOST = 100
"""Pages of a fax that we send."""
AT_ONCE = 10
TALLEST = 4000
"""Lines of a page: an A4 page has 2292. What is longer is made smaller."""


def to_pdf(tiff: Path, pdf: Path) -> int:
    """A received fax as PDF. Raises OSError for what is no TIFF."""
    with Image.open(tiff) as fax:
        across, down = map(float, fax.info.get("dpi", (ACROSS, DOWN)))
        # A fax of standard resolution has half as many lines.
        stretched = 2 if down and across / down > 1.5 else 1
        pages = []
        for frame in ImageSequence.Iterator(fax):
            page = frame.convert("1")
            pages.append(page.resize((page.width, page.height * stretched)) if stretched > 1 else page.copy())
    pages[0].save(pdf, "PDF", save_all=True, append_images=pages[1:], dpi=(ACROSS, DOWN))
    return len(pages)


def to_tiff(pdf: Path, tiff: Path) -> int:
    """A PDF as a fax of fine resolution. Raises ValueError, OSError for what cannot be one."""
    counted = re.search(rb"^Pages: +([0-9]+)$", _printed("pdfinfo", str(pdf)), re.MULTILINE)
    count = int(counted[1]) if counted else 0
    if not 0 < count <= MOST:
        raise ValueError("no pages, or too many")
    pages = [page for first in range(1, count + 1, AT_ONCE) for page in _drawn(pdf, first, tiff.parent)]
    if len(pages) != count:
        raise ValueError("not every page can be drawn")
    tags = {"compression": "group4", "dpi": (ACROSS, DOWN)}
    pages[0].save(tiff, "TIFF", save_all=True, append_images=pages[1:], **tags)
    return len(pages)


def _drawn(pdf: Path, first: int, beside: Path) -> list[Image.Image]:
    """A few pages: drawn in grey each is 4 MB on the disk."""
    with tempfile.TemporaryDirectory(dir=beside) as scratch:
        which = ["-f", str(first), "-l", str(first + AT_ONCE - 1)]
        size = ["-r", str(ACROSS), "-scale-to-x", str(WIDE), "-scale-to-y", "-1"]
        _printed("pdftoppm", "-gray", *which, *size, str(pdf), f"{scratch}/page")
        return [_fax_page(file) for file in sorted(Path(scratch).glob("page-*"))]


def _fax_page(file: Path) -> Image.Image:
    with Image.open(file) as page:
        tall = min(TALLEST, max(1, round(page.height * DOWN / ACROSS)))
        return page.resize((WIDE, tall)).convert("1")


def _printed(*argv: str) -> bytes:
    done = subprocess.run(argv, check=False, stdin=subprocess.DEVNULL, capture_output=True)
    if done.returncode:
        raise ValueError(f"{argv[0]}: {done.stderr.decode('utf-8', 'replace')[:200]}")
    return done.stdout


def main(argv: list[str]) -> int:
    """What the command line asks for."""
    _, kind, source, target = argv
    resource.setrlimit(resource.RLIMIT_CPU, (120, 120))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    made = (to_pdf if kind == "pdf" else to_tiff)(Path(source), Path(target))
    Path(target).chmod(0o600)
    print(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))

"""Where recordings are: taken in the exchange's spool, kept sealed in one of two stores."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pbx.recording.sealed import Opened, key

Store = Literal["main", "second"]
SEALED = ".sealed"


@dataclass(frozen=True)
class Places:
    """spool: where the exchange writes sound as it comes, not sealed. second: None where there is no second store.

    move_below, stop_below: free octets below which the oldest go to the second store, and no recording begins.
    delete_below: below which the oldest that nobody has marked are deleted.
    """

    spool: Path
    main: Path
    second: Path | None
    key: Path
    move_below: int
    stop_below: int
    delete_below: int = 0

    def raw(self, identity: str) -> Path:
        """Sound as the exchange takes it: 8000 moments a second, 16 bits a side, left and right in turn."""
        return self.spool / f"{identity}.raw"

    def sealed(self, identity: str, store: str) -> Path:
        """Where a recording is kept. Raises FileNotFoundError where its store is not."""
        root = self.main if store == "main" else self.second
        if root is None:
            raise FileNotFoundError("the box has no second store any more")
        return root / identity[:2] / f"{identity}{SEALED}"

    def opened(self, identity: str, store: str) -> Opened:
        """Its sealed file, to be read. Raises OSError, sealed.Unreadable."""
        return Opened(self.sealed(identity, store), identity, key(self.key))

    def prepare(self) -> None:
        """Make the main store where it is not there yet. The second one is a mount: not there, it has no room."""
        with suppress(OSError):
            self.main.mkdir(parents=True, exist_ok=True, mode=0o700)

    def free(self, store: Store) -> int:
        """Free octets; 0 where it is not there."""
        root = self.main if store == "main" else self.second
        try:
            return shutil.disk_usage(root).free if root is not None else 0
        except OSError:
            return 0

    def files(self) -> Iterator[tuple[Store, Path]]:
        """Every sealed file there is."""
        roots: tuple[tuple[Store, Path | None], ...] = (("main", self.main), ("second", self.second))
        for store, root in roots:
            if root is not None:
                yield from ((store, file) for file in root.glob(f"??/*{SEALED}"))

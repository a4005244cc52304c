"""The software bill of materials of the image (CycloneDX 1.6): what is in it, which version, under which licence.

python -m imaging.sbom ROOT ASTERISK WHEELS SOURCE OUT      environment: IMAGE_VERSION SOURCE_DATE_EPOCH
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from cyclonedx.model import Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import DisjunctiveLicense
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from imaging import components, lock
from imaging.words import words

NAME = "nightbell.cdx.json"


def bill(version: str, epoch: int, parts: Iterable[Component], properties: Iterable[Property] = ()) -> str:
    """The text of the bill: the same parts give the same text, its serial number too. epoch: the commit's time."""
    image = Component(
        name="nightbell-image", version=version, type=ComponentType.OPERATING_SYSTEM, bom_ref="nightbell-image",
        properties=properties,
    )  # fmt: skip
    bom = Bom(components=parts, serial_number=uuid.UUID(int=0))
    bom.metadata = BomMetaData(component=image, timestamp=datetime.fromtimestamp(epoch, UTC))
    bom.register_dependency(image, bom.components)
    content = hashlib.sha256(JsonV1Dot6(bom).output_as_string().encode()).digest()
    bom.serial_number = uuid.UUID(bytes=content[:16], version=4)
    return JsonV1Dot6(bom).output_as_string(indent=1) + "\n"


def faults(text: str) -> str:
    """What CycloneDX's own schema finds wrong; empty when nothing."""
    wrong = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    return "" if wrong is None else str(wrong)


def ours(version: str) -> Component:
    """The daemon."""
    return Component(
        name="nightbell", version=version, type=ComponentType.APPLICATION, bom_ref="nightbell",
        licenses=[DisjunctiveLicense(id="Apache-2.0")],
    )  # fmt: skip


def package_hashes(asterisk: Path) -> dict[str, str]:
    """SHA-256 of each package's file, by `name version`: of the lock's, and of the ones of Asterisk that were built."""
    found = {f"{one.name} {one.version}": one.sha256 for one in lock.read().root}
    for file in sorted(asterisk.glob("*.deb")):
        asked = ["dpkg-deb", "-W", "--showformat", "${Package} ${Version}", str(file)]
        name = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        found[name] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def main() -> int:
    """Returns the exit code."""
    root, asterisk, wheels, source, out = map(Path, sys.argv[1:6])
    version = os.environ["IMAGE_VERSION"]
    parts = [
        ours(version),
        *components.debian(root, package_hashes(asterisk)),
        *components.python(root, wheels),
        *components.voice(),
        *components.panel(source),
    ]
    built_from = [Property(name="nightbell:asterisk-source", value=row) for row in lock.read().asterisk]
    text = bill(version, int(os.environ["SOURCE_DATE_EPOCH"]), parts, built_from)
    wrong = faults(text)
    if wrong:
        print(wrong, file=sys.stderr)
        with open(3, "w", encoding="utf-8") as said:
            said.write(words("软件物料清单不符合 CycloneDX 格式。", "The bill of materials is not sound CycloneDX."))
        return 1
    (out / NAME).write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

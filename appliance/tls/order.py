"""What is asked of an authority."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec

from appliance.tls.enrolment import Enrolment


@dataclass(frozen=True)
class Order:
    """account: the key of who asks. roots: PEM file of whom the directory is trusted by. names: names and addresses to
    ask for.
    """

    enrolment: Enrolment
    account: ec.EllipticCurvePrivateKey
    roots: Path
    names: Sequence[str]

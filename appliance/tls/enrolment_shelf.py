"""What is kept of certificates that the box asks for by itself, beside them: readable by its own account alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from appliance.tls import enrolment, renewal
from appliance.tls.enrolment import Enrolment
from appliance.tls.identity import private_pem
from appliance.tls.renewal import Standing
from appliance.tls.shelf import put

ENROLMENT, STANDING, ROOTS, NOW = "acme.json", "acme-standing.json", "acme-root.pem", "acme-now"


@dataclass(frozen=True)
class EnrolmentShelf:
    """Every call looks at the files: a command and the daemon may both be at them."""

    directory: Path

    def enrolment(self) -> Enrolment | None:
        """What was said at the panel or by command; None for nothing, or nothing that can be read."""
        try:
            return enrolment.unpacked((self.directory / ENROLMENT).read_bytes())
        except (OSError, ValueError, TypeError, KeyError):
            return None

    def enrol(self, told: Enrolment) -> None:
        """From now on. Raises OSError."""
        put(self.directory, ENROLMENT, told.packed())

    def end(self) -> bool:
        """No longer; False where there is none."""
        there = (self.directory / ENROLMENT).exists()
        for file in (ENROLMENT, STANDING, NOW):
            (self.directory / file).unlink(missing_ok=True)
        return there

    def standing(self) -> Standing:
        """How the last try went."""
        try:
            return renewal.unpacked((self.directory / STANDING).read_bytes())
        except (OSError, ValueError, TypeError, KeyError):
            return Standing()

    def stand(self, standing: Standing) -> None:
        """Keep that. Raises OSError."""
        put(self.directory, STANDING, standing.packed())

    def hurry(self) -> None:
        """Ask at once, whatever the rule says. Raises OSError."""
        put(self.directory, NOW, b"")

    def hurried(self) -> bool:
        """Whether somebody wants that."""
        return (self.directory / NOW).exists()

    def done_hurrying(self) -> None:
        """It is being done."""
        (self.directory / NOW).unlink(missing_ok=True)

    def roots(self, told: Enrolment) -> Path:
        """Those of `told`, as a file. Raises OSError."""
        put(self.directory, ROOTS, told.roots.encode())
        return self.directory / ROOTS

    def account(self, told: Enrolment) -> ec.EllipticCurvePrivateKey:
        """The key of the account there, made when it is first needed. Raises OSError."""
        name = f"acme-account-{told.account()}.pem"
        try:
            key = serialization.load_pem_private_key((self.directory / name).read_bytes(), None)
        except (OSError, ValueError):
            key = None
        if isinstance(key, ec.EllipticCurvePrivateKey):
            return key
        made = ec.generate_private_key(ec.SECP256R1())
        put(self.directory, name, private_pem(made))
        return made

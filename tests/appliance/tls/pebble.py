"""Pebble, a real authority that speaks ACME (RFC 8555), made for tests: at ports of its own, with a root of ours.

It fetches proofs from the port it is told instead of 80. Every name is of 127.0.0.1 for it.
"""

from __future__ import annotations

import json
import os
import subprocess
import threading
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.appliance.tls.hospital_authority import Authority, key_pem, new_key, pem, trusting
from tests.ports import free_port, free_ports

KEY_ID, HMAC_KEY = "kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"
BOUND = {"externalAccountBindingRequired": True, "externalAccountMACKeys": {KEY_ID: HMAC_KEY}}


@dataclass
class Pebble:
    """proof_port: where it fetches proofs. root: by whom its directory is trusted. around: from when till when.
    settings: more of its own.
    """

    directory: Path
    proof_port: int
    root: Authority
    around: dict[str, Any]
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.port, self._management, self._names, self._names_management = free_ports(4)
        self._running: list[subprocess.Popen[str]] = []
        self.said: list[str] = []

    @property
    def url(self) -> str:
        """Its directory."""
        return f"https://127.0.0.1:{self.port}/dir"

    def issuer(self) -> str:
        """Whom browsers are to trust for what it signs, PEM: another one after each start."""
        where = f"https://127.0.0.1:{self._management}/roots/0"
        with urllib.request.urlopen(where, context=trusting(pem(self.root.certificate)), timeout=60) as answer:
            return str(answer.read().decode())

    def start(self) -> None:
        """Until it says that it is there."""
        key = new_key()
        leaf = self.root.signs(key.public_key(), "127.0.0.1", **self.around)
        certificate, private = self.directory / "pebble.crt", self.directory / "pebble.key"
        certificate.write_bytes(pem(leaf))
        private.write_bytes(key_pem(key))
        told = {
            "listenAddress": f"127.0.0.1:{self.port}", "managementListenAddress": f"127.0.0.1:{self._management}",
            "certificate": str(certificate), "privateKey": str(private), "httpPort": self.proof_port,
            "tlsPort": free_port(), "ocspResponderURL": "",
        }  # fmt: skip
        file = self.directory / "pebble.json"
        file.write_text(json.dumps({"pebble": told | self.settings}), "utf-8")
        off = ["-http01", "", "-https01", "", "-tlsalpn01", "", "-management", f"127.0.0.1:{self._names_management}"]
        names = f"127.0.0.1:{self._names}"
        self._begin(
            ["pebble-challtestsrv", *off, "-dns01", names, "-defaultIPv4", "127.0.0.1", "-defaultIPv6", ""],
            "Starting management server",
        )
        self._begin(["pebble", "-config", str(file), "-dnsserver", names], "ACME directory available at")

    def stop(self) -> None:
        """As if it were down."""
        while self._running:
            one = self._running.pop()
            one.terminate()
            one.wait(60)

    def _begin(self, command: list[str], ready: str) -> None:
        environment = os.environ | {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_AUTHZREUSE": "0", "PEBBLE_WFE_NONCEREJECT": "0"}
        one = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        self._running.append(one)
        there = threading.Event()

        def read() -> None:
            # To its end: a pipe that nobody empties would stop it.
            assert one.stdout is not None
            for line in one.stdout:
                self.said.append(line)
                if ready in line:
                    there.set()
            there.set()

        threading.Thread(target=read, daemon=True).start()
        assert there.wait(60), "".join(self.said)
        assert one.poll() is None, "".join(self.said)

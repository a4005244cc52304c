"""A telephone's registration, without its wires: REGISTER, digest, again before it runs out; it takes no calls."""

from __future__ import annotations

import hashlib
import re
import secrets

EXPIRES = 60
"""Seconds."""

_CHALLENGE = re.compile(r'(\w+)=(?:"([^"]*)"|([^\s,]+))')


class Registration:
    """What to send, and what came of it. here: the telephone's own `address:port`, server: the exchange's."""

    def __init__(self, extension: str, secret: str, server: str, here: str, agent: str) -> None:
        self._extension, self._secret = extension, secret
        self._server, self._here, self._agent = server, here, agent
        self._call, self._tag = secrets.token_hex(8), secrets.token_hex(4)
        self._number = 0
        self._challenged = False
        self.state = "asking"
        """asking, registered, refused."""

    def ask(self, authorization: str = "") -> bytes:
        """A REGISTER."""
        self._number += 1
        self._challenged = bool(authorization)
        me = f"<sip:{self._extension}@{self._server.partition(':')[0]}>"
        lines = [
            f"REGISTER sip:{self._server} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};rport;branch=z9hG4bK{secrets.token_hex(6)}",
            f"From: {me};tag={self._tag}",
            f"To: {me}",
            f"Call-ID: {self._call}",
            f"CSeq: {self._number} REGISTER",
            f"Contact: <sip:{self._extension}@{self._here}>",
            f"Expires: {EXPIRES}",
            "Max-Forwards: 70",
            f"User-Agent: {self._agent}",
            *([authorization] if authorization else []),
            "Content-Length: 0",
        ]
        return _message(lines)

    def hear(self, datagram: bytes) -> bytes | None:
        """What to send in turn, if anything."""
        head, *lines = datagram.decode("utf-8", "replace").split("\r\n")
        said = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if not head.startswith("SIP/2.0 "):
            return _no(head, lines)
        status = head.split(" ")[1]
        if said.get("cseq", "").partition(" ")[0] != str(self._number):
            return None
        if status == "401" and not self._challenged:
            return self.ask(self._answered(said.get("www-authenticate", "")))
        if status[0] != "1":
            self.state = "registered" if status[0] == "2" else "refused"
        return None

    def _answered(self, challenge: str) -> str:
        asked = {name: quoted or bare for name, quoted, bare in _CHALLENGE.findall(challenge)}
        uri, realm, nonce = f"sip:{self._server}", asked.get("realm", ""), asked.get("nonce", "")
        first = _md5(f"{self._extension}:{realm}:{self._secret}")
        fields = f'username="{self._extension}", realm="{realm}", nonce="{nonce}", uri="{uri}", algorithm=MD5'
        second = _md5(f"REGISTER:{uri}")
        if "auth" not in asked.get("qop", ""):
            return f'Authorization: Digest {fields}, response="{_md5(f"{first}:{nonce}:{second}")}"'
        cnonce = secrets.token_hex(8)
        response = _md5(f"{first}:{nonce}:00000001:{cnonce}:auth:{second}")
        opaque = f', opaque="{asked["opaque"]}"' if "opaque" in asked else ""
        return (
            f'Authorization: Digest {fields}, response="{response}", qop=auth, nc=00000001, cnonce="{cnonce}"{opaque}'
        )


def _no(head: str, lines: list[str]) -> bytes | None:
    """To a request: nobody is there to talk. Asked whether it lives, it says yes."""
    if head.startswith("ACK "):
        return None
    kept = [line for line in lines if re.match(r"(?i)(via|from|to|call-id|cseq):", line)]
    word = "200 OK" if head.startswith(("OPTIONS ", "NOTIFY ", "CANCEL ", "BYE ")) else "480 Temporarily Unavailable"
    return _message([f"SIP/2.0 {word}", *kept, "Content-Length: 0"])


def _message(lines: list[str]) -> bytes:
    return "\r\n".join([*lines, "", ""]).encode()


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()  # what SIP's digest is made of

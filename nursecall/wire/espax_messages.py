"""Messages of ESPA-X: one element `REQ.…`, `RSP.…`, `IND.…` or `CMD.…` in a document `ESPA-X`, in a frame on TCP.

A frame is `EX`, the length of all of it in four bytes, four bytes that everybody fills differently (zero, the invokeID,
a constant), then the XML.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

NAMESPACE = "http://ns.espa-x.org/espa-x"
VERSION = "1.00"
HEADER = 10
"""Bytes before the XML."""

REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    407: "Authentication Required",
    406: "Not Acceptable",
    404: "Not Found",
    410: "Gone",
    450: "Duplicate",
    501: "Not Implemented",
    600: "Invalid header",
    601: "Not wellformed",
    602: "Invalid message",
}
"""What RSP-REASON says to each RSP-CODE that we use."""

_ENCODINGS = {"gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "utf-8": "utf-8", "iso-8859-1": "latin-1"}
_DECLARED = re.compile(rb"""\s*<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)""")
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KINDS = ("REQ.", "RSP.", "IND.", "CMD.", "PROPRIETARY")


@dataclass(frozen=True)
class Message:
    """One message. name: such as `REQ.P-START`; fields: its elements by the standard's names, without proprietary ones.

    invoke: joins a response to its request. session: what LOGIN gave.
    """

    name: str
    fields: Mapping[str, str] = field(default_factory=dict)
    invoke: str | None = None
    session: str | None = None

    def __getitem__(self, name: str) -> str:
        """The field `name`, without white space around it; empty when it is not there."""
        return self.fields.get(name, "").strip()


def number(text: str, otherwise: int = 0) -> int:
    """`text` as a number of at most twenty digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 20 else otherwise


class NotWellFormed(ValueError):
    """These bytes are no XML, or XML that could harm: with a DTD, with entities of its own."""


class NoMessage(ValueError):
    """This XML is no message of ESPA-X."""


def read_message(xml: bytes, encoding: str | None = None) -> Message:
    """The message in `xml`. Raises NotWellFormed, NoMessage.

    encoding: of hosts that declare none, or another than they use; None for UTF-8, and GB18030 where it is not that.
    """
    try:
        root = fromstring(_text(xml, encoding), forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as why:
        raise NotWellFormed(str(why)) from why
    if _local(root.tag) != "ESPA-X" or not len(root) or not _local(root[0].tag).startswith(_KINDS):
        raise NoMessage(_local(root.tag))
    body = root[0]
    fields = {_local(child.tag): child.text or "" for child in body if not _is_foreign(child)}
    return Message(_local(body.tag), fields, body.get("invokeID"), body.get("sessionID"))


def encode_message(message: Message, timestamp: str = "") -> bytes:
    """As a frame. timestamp: local time as `2026-11-22T08:15:00`; empty leaves it out."""
    stamp = f" timestamp={quoteattr(timestamp)}" if timestamp else ""
    invoke = "" if message.invoke is None else f" invokeID={_attribute(message.invoke)}"
    session = "" if message.session is None else f" sessionID={_attribute(message.session)}"
    fields = "".join(f"<{name}>{escape(_legal(value))}</{name}>" for name, value in message.fields.items())
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<ESPA-X xmlns="{NAMESPACE}" version="{VERSION}"{stamp}>'
        f"<{message.name}{invoke}{session}>{fields}</{message.name}></ESPA-X>"
    ).encode()
    return b"EX" + (len(xml) + HEADER).to_bytes(4, "big") + bytes(4) + xml


def _text(xml: bytes, encoding: str | None) -> str:
    declared = _DECLARED.match(xml)
    named = _ENCODINGS.get(declared[1].decode().lower(), "utf-8") if declared else "utf-8"
    for guess in (named, encoding or "gb18030"):
        try:
            return xml.decode(guess).removeprefix("\ufeff").lstrip()
        except UnicodeDecodeError:
            continue
    return xml.decode(named, "replace").lstrip()


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def _is_foreign(element: Element) -> bool:
    return bool(len(element)) or _local(element.tag) == "PROPRIETARY"


def _legal(text: str) -> str:
    return _ILLEGAL.sub(" ", text)


def _attribute(text: str) -> str:
    return quoteattr(_legal(text))

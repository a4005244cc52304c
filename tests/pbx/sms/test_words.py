"""Every sentence about short messages that a person may read exists in Chinese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from appliance.foundation.i18n import translate
from pbx import sms
from pbx.sms import smpp, trouble
from pbx.sms.trouble import Gone, NotReady, Silent

ALSO = ("http_client.py", "mail.py", "notices.py", "webhook.py")
TELLS = ("_fail", "_down", "_failed", "tell", "Unreached", "Unanswered", "NotCarried")
"""Those whose words are given on to people as they are; not always the first that is given."""
SAID_BY = ("Unsendable", "Unusable", "_start_over", "Silent", "Gone", "NotReady", "Declined")


CONSTANTS = ("LOST_FRAME", "NO_ANSWER", "LET_GO", "REFUSED", "NOT_REACHED")


def sentences() -> Iterator[str]:
    """All of them."""
    yield from trouble._CMS.values()
    yield from trouble._CME.values()
    yield from (kind.words for kind in (NotReady, Silent, Gone))
    yield from (words for words, _ in smpp._MEANINGS.values())
    rooms = Path(str(sms.__file__)).parent
    for file in sorted([*rooms.glob("*.py"), *(rooms.parent / name for name in ALSO)]):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            yield from literals(node)


def literals(node: ast.AST) -> Iterator[str]:
    """What is said on the spot: given to an error, set as `why`, or returned beside a state of health."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(text)), *_]):
            if name in SAID_BY:
                yield text
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if name in TELLS:
            yield from (sentence for arg in args for sentence in spoken(arg))
        case ast.Assign(targets=[ast.Name(id="why" | "words")], value=ast.JoinedStr() as text):
            yield from spoken(text)
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=str(text))) if name in CONSTANTS:
            yield text
        case ast.Assign(targets=[ast.Name(id="why")], value=ast.Constant(value=str(text))):
            yield text
        case ast.Return(value=ast.Tuple(elts=[ast.Attribute(), ast.Constant(value=str(text))])):
            yield text


def spoken(node: ast.AST) -> Iterator[str]:
    """A sentence, without what follows it in parentheses; words of one kind or another are none."""
    match node:
        case ast.Constant(value=str(text)) | ast.JoinedStr(values=[ast.Constant(value=str(text)), *_]):
            if " " in text:
                yield text.partition(" (")[0]


def test_every_sentence_has_its_chinese() -> None:
    """None would be shown in English to a Chinese reader."""
    said = set(sentences())
    assert len(said) > 35
    assert [text for text in said if translate(text, "zh") == text] == []

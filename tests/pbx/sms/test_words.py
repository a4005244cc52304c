"""Every sentence about short messages that a person may read exists in Chinese."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from appliance.foundation.i18n import translate
from pbx import sms
from pbx.sms import trouble
from pbx.sms.trouble import Gone, NotReady, Silent

SAID_BY = ("Unsendable", "Unusable", "_start_over")


def sentences() -> Iterator[str]:
    """All of them."""
    yield from trouble._CMS.values()
    yield from trouble._CME.values()
    yield from (kind.words for kind in (NotReady, Silent, Gone))
    for file in sorted(Path(str(sms.__file__)).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            yield from literals(node)


def literals(node: ast.AST) -> Iterator[str]:
    """What is said on the spot: given to an error, set as `why`, or returned beside a state of health."""
    match node:
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=[ast.Constant(value=str(text)), *_]):
            if name in SAID_BY:
                yield text
        case ast.Assign(targets=[ast.Name(id="why")], value=ast.Constant(value=str(text))):
            yield text
        case ast.Return(value=ast.Tuple(elts=[ast.Attribute(), ast.Constant(value=str(text))])):
            yield text


def test_every_sentence_has_its_chinese() -> None:
    """None would be shown in English to a Chinese reader."""
    said = set(sentences())
    assert len(said) > 35
    assert [text for text in said if translate(text, "zh") == text] == []

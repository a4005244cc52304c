"""Templates written by hospital IT: for what an HTTP gateway wants to be sent. Sandboxed: they reach nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Unfillable(ValueError):
    """A template that cannot be filled, and why not."""

    def __init__(self, why: object) -> None:
        super().__init__(f"the template cannot be filled: {why}")
        self.why = why


def fill(template: str, *, to: str, text: str, identity: str, secrets: Mapping[str, str]) -> str:
    """`template` with its fields filled. Raises Unfillable with why not, never with a secret in it."""
    try:
        return _compiled(template).render(to=to, text=text, id=identity, secrets=secrets)
    except TemplateError as why:
        raise Unfillable(why) from why
    except Exception as why:
        # A filter given something odd; its words may hold what it was given.
        raise Unfillable(type(why).__name__) from why


def check(template: str, secrets: tuple[str, ...]) -> None:
    """Raise Unfillable unless `template` can be filled."""
    fill(template, to="13800138000", text="试 test", identity="0" * 32, secrets=dict.fromkeys(secrets, "x"))


@cache
def _compiled(template: str) -> Template:
    # Not escaped: the templates are JSON, forms and query strings, with `tojson` and `urlencode` at hand.
    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False).from_string(template)

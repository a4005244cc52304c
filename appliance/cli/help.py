"""Help and usage errors in both languages: what verbs and options say of themselves is a message id."""

from __future__ import annotations

import inspect
import re
import unicodedata
from collections.abc import Iterable, Iterator

import click
import click.core
import click.exceptions
import click.formatting
import click.parser
import click.types

from appliance.cli.language import say

VERBATIM = "\b\n"
"""click's mark at the head of a paragraph whose lines stay as they are."""

_COMMAND = re.compile(r"(?:nightbell|echo) ")
_BESIDE = re.compile(r"(?<=\S)( {2,})")
_PIECE = re.compile(r"\s+|[\u2e80-\u9fff\uff00-\uffef“‘]|[^\s\u2e80-\u9fff\uff00-\uffef“‘]+")
_CLINGS = "，。；：、！？）”’》"


def paragraphs(text: str) -> list[str]:
    """The message ids of a help text: a paragraph in one line; of verbatim ones each sentence."""
    return [message for paragraph in _paragraphs(text) for message in _messages(paragraph)]


def _paragraphs(text: str) -> list[str]:
    return [paragraph for paragraph in re.split(r"\n{2,}", inspect.cleandoc(text)) if paragraph.strip()]


def _messages(paragraph: str) -> Iterator[str]:
    if not paragraph.startswith(VERBATIM):
        yield " ".join(paragraph.split())
        return
    for line in paragraph.removeprefix(VERBATIM).splitlines():
        _, _, said = _example(line)
        if said:
            yield said


def _example(line: str) -> tuple[str, str, str]:
    """A line of examples: the command, the space after it, and what is said of it."""
    if not _COMMAND.match(line.strip()):
        return ("", "", line) if " " in line.strip() else (line, "", "")
    command, *rest = _BESIDE.split(line, maxsplit=1)
    return (command, *rest) if rest else (line, "", "")  # type: ignore[return-value]


def translated(text: str) -> str:
    """A whole help text, paragraph by paragraph."""
    return "\n\n".join(map(_translated, _paragraphs(text)))


def _translated(paragraph: str) -> str:
    if not paragraph.startswith(VERBATIM):
        return say(" ".join(paragraph.split()))
    lines = map(_example, paragraph.removeprefix(VERBATIM).splitlines())
    return VERBATIM + "\n".join(command + space + (say(said) if said else "") for command, space, said in lines)


def cells(text: str) -> int:
    """How wide it stands on a terminal; a Chinese character is two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def padded(text: str, width: int) -> str:
    """`text` filled up to `width` cells; to the left of it where width is positive, as in `%5s`."""
    space = " " * (abs(width) - cells(text))
    return space + text if width > 0 else text + space


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells; Chinese breaks anywhere but before its stops."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line.strip() and cells(line) + cells(piece.rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece if line else piece.lstrip()
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> Iterator[str]:
    held = ""
    for piece in _PIECE.findall(text):
        if held and piece not in _CLINGS:
            yield held
            held = ""
        held += piece
    if held:
        yield held


class Formatter(click.HelpFormatter):
    """click's, but wide characters count as two cells."""

    def write_text(self, text: str) -> None:
        indent = " " * self.current_indent
        for number, paragraph in enumerate(text.split("\n\n")):
            if number:
                self.write("\n")
            if paragraph.startswith(VERBATIM):
                lines = paragraph.removeprefix(VERBATIM).splitlines()
            else:
                lines = wrapped(paragraph, max(self.width - self.current_indent, 20))
            self.write("".join(f"{indent}{line}\n" for line in lines))

    def write_dl(self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        rows = list(rows)
        first = min(max(cells(name) for name, _ in rows), col_max) + col_spacing
        indent = " " * self.current_indent
        for name, said in rows:
            lines = wrapped(said, max(self.width - self.current_indent - first, 20)) or [""]
            if cells(name) + col_spacing > first:
                self.write(f"{indent}{name}\n")
            else:
                self.write(f"{indent}{name}{' ' * (first - cells(name))}{lines.pop(0)}".rstrip() + "\n")
            self.write("".join(f"{indent}{' ' * first}{line}\n" for line in lines))


class Context(click.Context):
    """A verb being called."""

    formatter_class = Formatter


class Command(click.Command):
    """A verb that explains itself as the command line speaks."""

    context_class = Context

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_paragraph()
        with formatter.indentation():
            formatter.write_text(translated(self.help or ""))

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [row for option in self.get_params(ctx) if isinstance(option, click.Option) for row in _row(option, ctx)]
        with formatter.section(say("Options")):
            formatter.write_dl(rows)

    def get_short_help_str(self, limit: int = 45) -> str:
        first = translated(self.help or "").partition("\n\n")[0]
        return re.split(r"(?<=。)|(?<=\.) ", first, maxsplit=1)[0].rstrip(".。")


def _row(option: click.Option, ctx: click.Context) -> Iterator[tuple[str, str]]:
    record = option.get_help_record(ctx)
    if record is not None:
        # click puts the default and the like behind the help.
        help_text = option.help or ""
        yield record[0], (say(help_text) if help_text else "") + record[1].removeprefix(help_text)


class Group(Command, click.Group):
    """A verb with verbs below it."""

    command_class = Command

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)


def _gettext(message: str) -> str:
    return say(message)


def _ngettext(one: str, many: str, count: int) -> str:
    return say(one if count == 1 else many)


def teach_click() -> None:
    """Let click's own words be ours: it asks gettext, whose compiled catalogues and locale rules are not ours."""
    for module in (click.core, click.exceptions, click.formatting, click.parser, click.types):
        for name, ours in (("_", _gettext), ("ngettext", _ngettext)):
            if hasattr(module, name):
                setattr(module, name, ours)

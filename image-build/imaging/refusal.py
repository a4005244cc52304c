"""Why there is no image, in one sentence."""

from __future__ import annotations


class Refusal(Exception):
    """The text is the sentence, in the language that was chosen."""

"""What pydantic finds wrong, in our words: message ids, which both languages have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_NUMBER = "should be a number"
_WHOLE = "should be a valid integer: a whole number without quotes"
_TRUTH = "should be true or false, without quotes"
_TEXT = "should be a valid string: a text in quotes"
_LIST = "should be a list: [ … ]"
_TABLE = "should be a table"
_TIME = "should be a time of day such as 07:30:00, without quotes"
_DATE = "should be a date such as 2026-03-01, without quotes"
_FEW = "should have at least {min_length} item(s), not {actual_length}"

WORDS: Mapping[str, str] = {
    "bool_parsing": _TRUTH,
    "bool_type": _TRUTH,
    "date_from_datetime_parsing": _DATE,
    "date_parsing": _DATE,
    "date_type": _DATE,
    "dict_type": _TABLE,
    "extra_forbidden": "is not permitted: there is no such key here",
    "finite_number": _NUMBER,
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "frozen_set_type": _LIST,
    "greater_than": "should be greater than {gt}",
    "greater_than_equal": "should be greater than or equal to {ge}",
    "int_from_float": _WHOLE,
    "int_parsing": _WHOLE,
    "int_parsing_size": _WHOLE,
    "int_type": _WHOLE,
    "ip_v4_address": "should be an IPv4 address such as 192.168.1.10",
    "less_than": "should be less than {lt}",
    "less_than_equal": "should be less than or equal to {le}",
    "list_type": _LIST,
    "mapping_type": _TABLE,
    "missing": "is required and missing",
    "model_attributes_type": _TABLE,
    "model_type": _TABLE,
    "path_type": _TEXT,
    "string_pattern_mismatch": "does not match the pattern {pattern}",
    "string_too_long": "should be at most {max_length} character(s) long",
    "string_too_short": "should be at least {min_length} character(s) long",
    "string_type": _TEXT,
    "time_parsing": _TIME,
    "time_type": _TIME,
    "too_long": "should have at most {max_length} item(s), not {actual_length}",
    "too_short": _FEW,
    "tuple_type": _LIST,
    "union_tag_not_found": _TABLE,
}
"""pydantic's kind of error → what we say; the fields are its own."""

REST = "does not fit: {why}"
"""What pydantic says in English only, in a frame that people can read."""

NONE_OF = "{given!r} is none of {known}"


def in_words(error: Mapping[str, Any]) -> tuple[str, dict[str, object]]:
    """Message id and facts of one of pydantic's errors."""
    facts: dict[str, object] = dict(error.get("ctx", {}))
    kind = error["type"]
    if kind == "union_tag_invalid":
        return NONE_OF, {"given": facts["tag"], "known": facts["expected_tags"]}
    if kind == "literal_error":
        # "'a', 'b' or 'c'" has a word in it that is not Chinese.
        return NONE_OF, {"given": error["input"], "known": str(facts["expected"]).replace(" or ", ", ")}
    if kind == "value_error":
        return str(facts["error"]), {}
    if kind in WORDS:
        # Never what stood there: it may be a password that somebody wrote where its place should be named.
        return WORDS[kind], facts
    return REST, {"why": error["msg"]}

"""A list of accounts to open: CSV or XLSX in, wanted accounts out, or every fault of every row at once."""

from __future__ import annotations

from collections.abc import Mapping

from appliance.foundation.i18n import translate
from appliance.foundation.titled_rows import BadRow, titled_rows
from appliance.foundation.values import Language
from billing.accounts import NewAccount

COLUMNS = {"holder": "户名", "language": "语言", "card": "卡号", "visit": "就诊号"}
"""Headings, in English or Chinese, in any order; only the holder is needed."""

LANGUAGES: Mapping[str, Language] = {"": "zh", "zh": "zh", "en": "en", "中文": "zh", "英文": "en", "英语": "en"}

MOST = 2_000
"""Accounts in one list: each PIN's hash takes a while."""


class BadRows(Exception):
    """The file cannot be used; `rows` names every fault. No account was opened."""

    def __init__(self, rows: list[BadRow]) -> None:
        super().__init__("; ".join(row.text("en") for row in rows))
        self.rows = tuple(rows)

    def text(self, language: Language) -> str:
        """All faults, a line each."""
        head = translate("No account was opened, because the file has faults:", language)
        return "\n".join([head, *(row.text(language) for row in self.rows)])


def read_accounts(content: bytes | str) -> list[NewAccount]:
    """The accounts in a file with the columns of `COLUMNS`. Raises BadRows."""
    faults: list[BadRow] = []
    found: list[NewAccount] = []
    seen: set[str] = set()
    for number, cells in titled_rows(content, COLUMNS, ("holder",), faults):
        holder, card = cells["holder"].strip(), cells.get("card", "").strip()
        language = LANGUAGES.get(cells.get("language", "").strip())
        if not 1 <= len(holder) <= 64 or not holder.isprintable():
            faults.append(BadRow(number, "holder", "must be a name of 1 to 64 characters"))
        if language is None:
            faults.append(BadRow(number, "language", "must be zh or en"))
        if card and not (card.isascii() and card.isalnum() and 4 <= len(card) <= 64):
            faults.append(BadRow(number, "card", "must be 4 to 64 letters and digits"))
        if card and card in seen:
            faults.append(BadRow(number, "card", "is there twice"))
        seen.add(card)
        visit = cells.get("visit", "").strip()
        found.append(NewAccount(holder, language or "zh", card, f"v:{visit}" if visit else ""))
    if not found and not faults:
        faults.append(BadRow(1, "", "the list is empty"))
    if len(found) > MOST:
        faults.append(BadRow(MOST + 2, "", "a list opens at most 2000 accounts"))
    if faults:
        raise BadRows(faults)
    return found

"""Look-ups in other systems: HTTP services that answer JSON, and databases that are only read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from twisted.internet.defer import CancelledError, Deferred
from twisted.logger import Logger

from appliance.foundation import json_text
from appliance.foundation.clock import Clock
from appliance.foundation.database import driven
from appliance.foundation.secret import SecretMissing, secret
from pbx.http_client import Answer, Unanswered, Unreached
from pbx.ivr.nodes import Database, Http
from pbx.ivr.plan import Query
from pbx.ivr.ports import Failed
from pbx.tls import NoTrust

NOT_FOUND = (404, 410)
LONGEST = 400
"""Characters of a value that may be spoken."""


class HttpService(Protocol):
    """`pbx.http_client.HttpClient` by shape."""

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Answer: ...


class Off(Protocol):
    """Something that runs a function off the reactor's thread; cancelling what it returns abandons it."""

    def __call__(self, work: Callable[[], Any]) -> Deferred[Any]: ...


class OutsideLookups:
    """Satisfies `pbx.ivr.ports.Lookups`. query: by its id. off: runs a question in a thread.

    client: of a deadline and authorities to trust.
    """

    log = Logger()

    def __init__(
        self,
        query: Callable[[str], Query | None],
        client: Callable[[timedelta, str], HttpService],
        off: Off,
        clock: Clock,
    ) -> None:
        self._query, self._client, self._off, self._clock = query, client, off, clock

    async def http(self, node: Http, variables: Mapping[str, str]) -> Mapping[str, str] | None:
        """Only what the node names is taken out of the answer; what is not there is nothing found."""
        try:
            known: dict[str, object] = {**variables, "secrets": {n: secret(p) for n, p in node.secrets.items()}}
            url, body = _fill(node.url, known), _fill(node.body, known)
            headers = {name: _fill(value, known) for name, value in node.headers.items()}
            client = self._client(timedelta(seconds=node.timeout), node.ca_file)
            answer = await client.ask(node.method, url, headers, body.encode())
        except (Unreached, Unanswered, NoTrust, SecretMissing) as why:
            raise Failed(str(why)) from why
        if answer.status in NOT_FOUND:
            return None
        if not 200 <= answer.status < 300:
            raise Failed(f"it answered {answer.status}")
        try:
            tree = json_text.loads(answer.body)
        except ValueError as why:
            raise Failed("it did not answer JSON") from why
        found = {variable: taken(tree, path) for variable, path in node.fields.items()}
        if any(value is None for value in found.values()):
            return None
        return {variable: value for variable, value in found.items() if value is not None}

    async def database(self, node: Database, variables: Mapping[str, str]) -> Mapping[str, str] | None:
        """The first row, in time."""
        query = self._query(node.query)
        if query is None:
            raise Failed("the query is not there any more")
        parameters = {name: _fill(value, variables) for name, value in node.parameters.items()}
        under_way = self._off(lambda: _first_row(query, parameters))
        timer = self._clock.later(timedelta(seconds=query.timeout), under_way.cancel)
        try:
            row: Mapping[str, object] | None = await under_way
        except CancelledError:
            if timer.active():
                raise
            raise Failed("the database does not answer in time") from None
        except (sa.exc.SQLAlchemyError, SecretMissing) as why:
            # Its words may hold values, and the URL its password.
            self.log.info("query {query} failed: {kind}", query=query.id, kind=type(why).__name__)
            raise Failed(f"the database failed: {type(why).__name__}") from why
        finally:
            if timer.active():
                timer.cancel()
        if row is None:
            return None
        missing = [column for column in node.fields.values() if row.get(column) is None]
        return None if missing else {variable: _text(row[column]) for variable, column in node.fields.items()}


def taken(tree: object, path: str) -> str | None:
    """The value at `data.items.0.status` of a JSON answer as text; None where nothing is there, or it is no value."""
    for step in path.split("."):
        if isinstance(tree, list) and step.isdecimal() and int(step) < len(tree):
            tree = tree[int(step)]
        elif isinstance(tree, dict) and step in tree:
            tree = tree[step]
        else:
            return None
    return None if tree is None or isinstance(tree, list | dict) else _text(tree)


def _text(value: object) -> str:
    return str(value)[:LONGEST]


def _first_row(query: Query, parameters: Mapping[str, str]) -> Mapping[str, object] | None:
    """A connection of its own for each question: they are rare, and a hung one must not hold the next."""
    engine = sa.create_engine(driven(secret(query.url)), poolclass=sa.pool.NullPool)
    try:
        with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                connection.exec_driver_sql("PRAGMA query_only = ON")
            elif engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SET TRANSACTION READ ONLY")
                connection.exec_driver_sql(f"SET LOCAL statement_timeout = {query.timeout * 1000:d}")
            found = connection.execute(sa.text(query.sql), parameters).mappings().first()
            connection.rollback()
            return None if found is None else dict(found)
    finally:
        engine.dispose()


_TEMPLATES = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


def _fill(template: str, known: Mapping[str, object]) -> str:
    try:
        return _compiled(template).render(**known)
    except TemplateError as why:
        raise Failed(f"a template cannot be filled: {type(why).__name__}") from why


def _compiled(template: str) -> Template:
    # Jinja keeps compiled templates only of loaders; these are short, and a call asks few.
    return _TEMPLATES.from_string(template)

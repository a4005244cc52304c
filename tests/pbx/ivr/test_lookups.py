"""Look-ups in other systems: a real HTTP service, real databases that are only read."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.threads import deferToThread
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from appliance.foundation.clock import ReactorClock
from pbx.http_client import HttpClient
from pbx.ivr.lookups import OutsideLookups, taken
from pbx.ivr.nodes import Database, Http
from pbx.ivr.plan import Query
from pbx.ivr.ports import Failed
from tests.real_reactor import call, reactor, run

ANSWER = {"data": {"items": [{"status": "已审核", "no": 17, "fee": 12.5, "paid": True, "doctor": None}]}}


class Laboratory(Resource):
    """Answers what a test wants, and remembers what it was asked."""

    isLeaf = True

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.status, self.body, self.silent = 200, json.dumps(ANSWER).encode(), False
        self.asked: list[tuple[bytes, bytes, bytes, str | None]] = []

    def render(self, request: Any) -> bytes | int:
        key = request.getHeader("x-key")
        self.asked.append((request.method, request.uri, request.content.read(), key))
        request.setResponseCode(self.status)
        return NOT_DONE_YET if self.silent else self.body


@pytest.fixture
def laboratory() -> Iterator[tuple[Laboratory, int]]:
    resource = Laboratory()
    port: Any = call(lambda: reactor.listenTCP(0, Site(resource), interface="127.0.0.1"))  # type: ignore[attr-defined,no-untyped-call]
    yield resource, port.getHost().port
    call(port.stopListening)


def lookups(*queries: Query) -> OutsideLookups:
    """Over the real reactor."""
    known = {query.id: query for query in queries}

    def off(work: Callable[[], Any]) -> Deferred[Any]:
        return deferToThread(work)

    clock = ReactorClock(reactor)
    return OutsideLookups(known.get, lambda time, ca: HttpClient(reactor, clock, time, ca), off, clock)


def http(port: int, **facts: Any) -> Http:
    """A node that asks for the status of an order."""
    usual = {
        "id": "order", "kind": "http", "url": f"http://127.0.0.1:{port}/orders/{{{{ order|urlencode }}}}",
        "fields": {"status": "data.items.0.status", "no": "data.items.0.no"},
    }  # fmt: skip
    return Http.model_validate(usual | facts)


def ask(node: Http, **variables: str) -> Mapping[str, str] | None:
    """What is found."""
    return run(lookups().http(node, variables))


def test_fields_of_the_answer_become_variables(laboratory: tuple[Laboratory, int]) -> None:
    """By path; numbers as people write them; the key goes with the address."""
    resource, port = laboratory
    assert ask(http(port), order="A 17") == {"status": "已审核", "no": "17"}
    assert resource.asked == [(b"GET", b"/orders/A%2017", b"", None)]


def test_a_key_is_posted_as_json_with_a_secret(laboratory: tuple[Laboratory, int], tmp_path: Path) -> None:
    """The secret is read from its file; quotes that are keyed break nothing."""
    resource, port = laboratory
    (tmp_path / "key").write_text("s3cret\n")
    node = http(
        port, method="POST", body='{"no": {{ order|tojson }}}', secrets={"key": f"file:{tmp_path / 'key'}"},
        headers={"X-Key": "{{ secrets.key }}", "Content-Type": "application/json"},
    )  # fmt: skip
    assert ask(node, order='1"2') is not None
    [(method, _, body, key)] = resource.asked
    assert (method, json.loads(body), key) == (b"POST", {"no": '1"2'}, "s3cret")


def test_nothing_found(laboratory: tuple[Laboratory, int]) -> None:
    """A 404, or an answer in which a field is missing or null."""
    resource, port = laboratory
    assert ask(http(port, fields={"doctor": "data.items.0.doctor"}), order="1") is None
    assert ask(http(port, fields={"x": "data.items.7.status"}), order="1") is None
    resource.status = 404
    assert ask(http(port), order="1") is None


@pytest.mark.parametrize("trouble", ["500", "rubbish", "silence", "nobody", "no secret", "no variable"])
def test_what_fails_fails_in_time_and_says_no_secret(
    laboratory: tuple[Laboratory, int], trouble: str, tmp_path: Path
) -> None:
    """Whatever it is."""
    resource, port = laboratory
    node = http(port, timeout=1)
    if trouble == "500":
        resource.status = 500
    elif trouble == "rubbish":
        resource.body = b"<html>"
    elif trouble == "silence":
        resource.silent = True
    elif trouble == "nobody":
        node = http(1, timeout=1)
    elif trouble == "no secret":
        node = http(port, secrets={"key": f"file:{tmp_path / 'none'}"})
    else:
        node = http(port, body="{{ strange }}")
    with pytest.raises(Failed):
        ask(node, order="1")


def test_paths_into_an_answer() -> None:
    """Values only, as text."""
    item = "data.items.0."
    found = {name: taken(ANSWER, item + name) for name in ("status", "no", "fee", "paid", "doctor", "none")}
    assert found == {"status": "已审核", "no": "17", "fee": "12.5", "paid": "True", "doctor": None, "none": None}
    assert taken(ANSWER, "data.items") is None


NODE = Database.model_validate({
    "id": "order", "kind": "database", "query": "lis", "parameters": {"no": "{{ order }}"},
    "fields": {"status": "status"},
})  # fmt: skip


def test_a_slow_database_is_given_up(tmp_path: Path) -> None:
    """The caller does not wait for it."""
    place = tmp_path / "url"
    place.write_text("sqlite://")
    endless = (
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n LIMIT 12000000) SELECT max(x) AS status FROM n"
    )
    query = Query(id="lis", url=f"file:{place}", sql=endless, timeout=1)
    node = NODE.model_copy(update={"parameters": {}})
    with pytest.raises(Failed, match="in time"):
        run(lookups(query).database(node, {}))


@pytest.mark.parametrize("url", ["", "nonsense", "sqlite:////nonexistent/dir/x.sqlite"])
def test_a_database_that_is_not_there(url: str, tmp_path: Path) -> None:
    """Fails without its URL being said."""
    place = tmp_path / "url"
    place.write_text(url)
    query = Query(id="lis", url=f"file:{place}", sql="SELECT status FROM orders WHERE no = :no")
    with pytest.raises(Failed) as why:
        run(lookups(query).database(NODE, {"order": "1"}))
    assert not url or url not in str(why.value)

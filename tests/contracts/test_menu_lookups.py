"""A menu's question to another system's database: the same on both engines, and never more than reading."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa

from pbx.ivr.plan import Query
from pbx.ivr.ports import Failed
from tests.pbx.ivr.test_lookups import NODE, lookups
from tests.real_reactor import run


def orders(url: str) -> None:
    """A table of another system."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE orders (no VARCHAR(20), status VARCHAR(20))"))
        connection.execute(sa.text("INSERT INTO orders VALUES ('17', '已审核')"))
    engine.dispose()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_database_is_asked_and_only_read(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Parameters are bound, whatever is keyed; nothing can be written even by a query that tries to."""
    url = f"sqlite:///{tmp_path / 'lis.sqlite'}" if kind == "sqlite" else request.getfixturevalue("postgres").fresh()
    orders(url)
    place = tmp_path / "url"
    place.write_text(url.replace("postgresql+psycopg:", "postgresql:"))  # as the manual writes it
    query = Query(id="lis", url=f"file:{place}", sql="SELECT status FROM orders WHERE no = :no")

    def found(order: str) -> Mapping[str, str] | None:
        return run(lookups(query).database(NODE, {"order": order}))

    assert found("17") == {"status": "已审核"}
    assert found("18") is None
    assert found("' OR '1'='1") is None
    if kind == "postgresql":
        sly = "WITH gone AS (DELETE FROM orders RETURNING no) SELECT no AS status FROM gone WHERE no = :no"
        with pytest.raises(Failed):
            run(lookups(query.model_copy(update={"sql": sly})).database(NODE, {"order": "17"}))
        assert found("17") is not None

"""The examples of the reference are true: carried out on the sample account, each answers what the pages show."""

import pytest
import sqlalchemy as sa

from tests.engines import Engine
from timewright import examples
from timewright import tables as t
from timewright.api import described
from timewright.presenting.operations import offered
from timewright.resources import REGISTRY

SHOWN = described.examples()


@pytest.fixture(scope="module")
def carried_out(engine: Engine):
    with engine.copy("empty", lambda _: None) as database:
        found = examples.carried_out(database)
        with database.read() as tx:
            made = tx.rows(sa.select(t.changes.c.subject_id).where(t.changes.c.verb == "create"))
        yield found, {str(row["subject_id"]) for row in made}


def named() -> list[tuple[str, str]]:
    return [(resource.name, each.name) for resource in REGISTRY for each in offered(resource)]


def test_every_operation_has_an_example_and_nothing_else_has() -> None:
    assert [(resource, each) for resource, found in SHOWN.items() for each in found] == named()


@pytest.mark.parametrize(("resource", "operation"), named())
def test_every_example_answers_what_is_shown(carried_out, resource, operation):
    found, _ = carried_out
    assert found[resource][operation] == SHOWN[resource][operation]


@pytest.mark.parametrize(("resource", "operation"), named())
def test_every_example_is_of_a_success(resource, operation):
    assert SHOWN[resource][operation]["answer"]["status"] in {200, 204}


def test_what_an_example_creates_is_stored(carried_out):
    _, made = carried_out
    assert set(SHOWN["time_entries"]["create"]["answer"]["body"]["time_entries"]) <= made

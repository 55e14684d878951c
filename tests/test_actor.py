"""A permission says the same of every row, whether it asks the row or knows the actor's projects."""

import pytest
import sqlalchemy as sa

from tests.presenting.test_load import actor_of
from timewright.actor import at_home, placed
from timewright.resources import REGISTRY

PARTS = ["ada", "lee", "kim", "cleo", "otto"]


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("resource", list(REGISTRY), ids=lambda each: each.name)
@pytest.mark.parametrize("seen_by", [lambda actor: actor, at_home], ids=["everywhere", "at home"])
def test_the_same_rows_are_open_to_an_actor_whose_projects_are_known(still_house, part, resource, seen_by):
    actor = seen_by(actor_of(still_house, part))
    with still_house.database.read() as tx:
        keys = sa.select(*resource.key_columns).order_by(*resource.key_columns)
        asked = tx.rows(keys.where(resource.visible_to(actor)))
        known = tx.rows(keys.where(resource.visible_to(placed(tx, actor))))
    assert known == asked


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("resource", list(REGISTRY), ids=lambda each: each.name)
def test_the_same_members_are_open_to_an_actor_whose_projects_are_known(still_house, part, resource):
    actor = actor_of(still_house, part)
    holding = {each.name: each.holds for field in resource.fields for each in field.conditions}
    with still_house.database.read() as tx:
        told = [
            tx.rows(
                sa.select(*resource.key_columns, *(holds(each).label(f"_{name}") for name, holds in holding.items()))
                .where(resource.visible_to(each))
                .order_by(*resource.key_columns)
            )
            for each in (actor, placed(tx, actor))
        ]
    assert told[0] == told[1]

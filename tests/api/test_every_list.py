"""How many statements the lists of tasks and of what is around them cost, with every include and optional field: the
same for one row and for two hundred.
"""

from datetime import date

import pytest

from tests.api.test_statements import PLACE, WHO
from tests.builders import Builder
from tests.conftest import open_house
from timewright import tables as t
from timewright.resources import REGISTRY

MANY, SKIPPED = 200, 20

ASKED = {
    "stories": {"with_ancestry_depth": 1},
    "assignments": {},
    "custom_fields": {},
    "custom_field_values": {"subject_type": "Story"},
    "expenses": {},
    "line_item_locks": {},
    "external_references": {"subject_type": "Story"},
}

SIDE_LOADS = {
    "stories": [
        *["read workspaces", "read entries_by_person"],
        "read users",  # creators
        *["read stories", "read stories"] * 2,  # parents and roots, and what stands below them
        *["read stories", "read stories"],  # sub-stories, and what stands below them
        *["read stories", "read stories", "read stories"],  # who is above whom, ancestors, and what stands below
        *["read stories", "read stories", "read stories"],  # who is below whom, descendants, and what stands below
        *["read assignments", "read users"],  # assignees
        "read assignments",  # current ones
        *["read assignments", "read roles"],  # in which role the caller is assigned
        *["read story_followers", "read users"],
        *["read story_tags", "read tags"],
        "read story_tasks",
        *["read story_dependencies"] * 2,
        *["read assignments", "read workspace_resources"] * 2,  # places with somebody, and all
        *["read custom_field_values", "read custom_field_value_choices"],
        "read external_references",
        "read stories",  # what stands below the stories of the page
    ],
    "assignments": ["read users", "read stories", "read stories", "read external_references"],
    "custom_fields": ["read custom_field_choices", "read users", "read custom_field_sets", "read external_references"],
    "custom_field_values": [
        "read custom_fields",
        "read users",
        *["read custom_field_value_choices", "read custom_field_choices"],
        *["read stories", "read stories"],  # the subjects, and what stands below them
        "read external_references",
        "read custom_field_value_choices",
    ],
    "expenses": [
        *["read users", "read workspaces", "read entries_by_person"],
        *["read stories", "read stories"],
        *["read roles", "read external_references"],
    ],
    "line_item_locks": ["read users"],
    "external_references": ["read stories", "read stories"],
}


@pytest.fixture(scope="module")
def full(engine):
    """The house with two hundred of everything, each with all that belongs to it."""
    with open_house(engine) as house:
        with house.database.write() as tx:
            _fill(Builder(tx), house.world)
        yield house


_FILLED = (
    "stories assignments tags story_tasks story_dependencies external_references custom_fields custom_field_sets "
    "custom_field_choices custom_field_values expenses line_item_locks"
)


def _fill(make, world):
    for name in _FILLED.split():
        make._last[name, 1] = 1_000
    account, main, ada, lee, kim = (
        world.account,
        world.workspaces["main"],
        *(world.users[n] for n in ("ada", "lee", "kim")),
    )
    role = world.roles["engineer"]["id"]
    field = make.custom_field(account, ada, "story", "multi")
    choice, tag = make.choice(field, "This"), make.tag(account, "all of them")
    kept = make.custom_field_set(account, "workspace")["id"]
    before = world.stories["task"]
    for number in range(MANY + SKIPPED):
        story = make.story(main, ada, f"Task {number}", parent_id=1, root_id=1, ancestry="1")
        make.story(main, ada, "Below", parent_id=story["id"], root_id=1, ancestry=f"1/{story['id']}")
        for person in (ada, lee, kim):
            make.reference("Assignment", make.assignment(story, person, role_id=role))
        make.follows(lee, story)
        make._link(t.story_tags, story, tag_id=tag["id"])
        make.story_task(story, "A line")
        make.dependency(before, story)
        make.dependency(story, world.stories["closed"])
        make.reference("Story", story, "tracker")
        make.reference("CustomFieldValue", make.custom_value(field, story, kim, choice))
        asked = make.custom_field(
            account, ada, "workspace", "single", name=f"A field {number}", custom_field_set_id=kept
        )  # fmt: skip
        make.choice(asked, "That")
        make.reference("CustomField", asked)
        make.reference("Expense", make.expense(main, kim, story_id=story["id"], role_id=role, date=date(2026, 2, 2)))
        make.lock(account, ada, date.fromordinal(date(1990, 1, 6).toordinal() + 7 * number))


@pytest.mark.parametrize("part", ["ada", "lee", "kim"])
@pytest.mark.parametrize("name", list(ASKED))
def test_a_list_with_every_include_costs_the_same_at_every_size(full, part, name):
    resource = REGISTRY[name]
    asked = {
        "include": ",".join(each.name for each in resource.includes),
        "optional_fields": ",".join(each.name for each in resource.fields if each.optional),
        **ASKED[name],
    }
    costs = []
    for size in (1, MANY):
        with full.statements() as seen:
            told = full.get(part, f"/{name}", limit=size, offset=SKIPPED // 2, **asked).json()
        assert len(told["results"]) == size
        costs.append(seen)
    assert costs[0] == costs[1]
    assert costs[1] == [*WHO, *PLACE, f"count {name}", f"read {name}", *SIDE_LOADS[name]]


@pytest.mark.parametrize(
    ("name", "further"),
    [
        ("stories", ["read stories"]),
        ("assignments", []),
        ("custom_fields", []),
        ("custom_field_values", ["read custom_field_value_choices"]),
        ("expenses", []),
        ("line_item_locks", []),
        ("external_references", []),
    ],
)
def test_a_plain_list_costs_little(full, name, further):
    with full.statements() as seen:
        assert len(full.get("kim", f"/{name}", limit=MANY, offset=0, **ASKED[name]).json()["results"]) == MANY
    assert seen == [*WHO, *PLACE, f"count {name}", f"read {name}", *further]

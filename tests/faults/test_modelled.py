"""The program against a model of it, short: on each engine, in this process."""

import pytest

from faults import model
from faults.modelled import Answer, Door, taken

STEPS = 5_000


def door_of(house):
    def ask(actor, method, path, body):
        answer = house.request(actor, method, path, **({"json": body} if body is not None else {}))
        return Answer(answer.status_code, answer.json() if answer.content else None)

    return Door(house.world, ask)


def test_the_program_answers_as_its_model_does(house):
    door = door_of(house)
    taken(door, STEPS)
    assert door.steps > STEPS // 2
    assert 0 < door.refused < door.steps
    assert door.most_entries > 10


@pytest.mark.parametrize("broken", ["seen", "changed", "made"])
def test_a_model_that_differs_is_told_apart(house, broken, monkeypatch):
    """The machine compares what it says it does: each rule of the model, broken on purpose, is noticed."""
    on, name, other = {
        "seen": (model.Model, "_is_theirs", staticmethod(lambda *_: True)),
        "changed": (model.Model, "_rate_after", lambda _, _actor, before, *__: before.rate_in_cents),
        "made": (model, "NEEDS_NOTES", frozenset()),
    }[broken]
    monkeypatch.setattr(on, name, other)
    with pytest.raises(AssertionError):
        taken(door_of(house), 1_000, shrinks=False)

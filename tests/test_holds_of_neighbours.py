"""Two connections and a barrier: a write to what entries rest on, and an entry being logged, wait for one another
(decisions/0012).
"""

import threading

import pytest

from tests.conftest import House
from tests.test_holds import WAIT, _wish
from timewright.actor import people
from timewright.database import Database
from timewright.presenting.body import Wanted
from timewright.resources import REGISTRY
from timewright.tokens import hashed
from timewright.wishes import Accepted, Wish


@pytest.fixture
def beside(house):
    """A second connection to the same database, as another process would have it."""
    database = Database(house.database.url)
    yield database
    database.close()


def _renaming(house: House) -> Wish:
    """Ada gives a role another name."""
    with house.database.read() as tx:
        actor = _of(tx, house, "ada")
    role = house.world.roles["engineer"]
    update = REGISTRY["roles"].actions["update"].carry_out
    wanted = [Wanted(0, {"id": role["id"], "name": "Machinist"}, ())]
    return Wish(verb=update, actor=actor, wanted=wanted, operation_id="neighbour")


def _of(tx, house, part):
    token = hashed(house.world.tokens[part])
    return people(tx, "token_hash", [token]).actors[token]


def _carried_out(tx, wish: Wish) -> Accepted:
    (outcome,) = wish.verb(tx, [wish])
    assert isinstance(outcome, Accepted)
    return outcome


@pytest.mark.parametrize(("first", "second"), [(_renaming, _wish), (_wish, _renaming), (_renaming, _renaming)])
def test_the_second_waits_for_the_first(house, beside, first, second):
    done = threading.Event()
    one, other = first(house), second(house)

    def write() -> None:
        with beside.write() as tx:
            _carried_out(tx, other)
        done.set()

    behind = threading.Thread(target=write)
    with house.database.write() as tx:
        _carried_out(tx, one)
        behind.start()
        assert not done.wait(WAIT), "two writes overlapped in one account"
    behind.join(10)
    assert done.is_set()

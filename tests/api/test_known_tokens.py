"""Whose a token is is known from its first write on. What it may do is read anew with each."""

import sqlalchemy as sa

from tests.builders import Builder
from tests.presenting.test_load import actor_of
from timewright import clock
from timewright import tables as t
from timewright.presenting.body import Wanted
from timewright.resources import time_entry_facts
from timewright.resources import time_entry_verbs as verbs
from timewright.tokens import hashed
from timewright.wishes import Wish


def change(house, part, **values):
    with house.database.write() as tx:
        tx.execute(
            sa.update(t.tokens).where(t.tokens.c.token_hash == hashed(house.world.tokens[part])).values(**values)
        )


def entries(house):
    return len(house.rows(sa.select(t.time_entries.c.id)))


def test_a_token_that_was_revoked_meanwhile_writes_nothing_more(house):
    assert house.log("kim").status_code == 200
    before = entries(house)
    change(house, "kim", revoked_at=clock.now())
    assert [house.log("kim").status_code for _ in range(2)] == [401, 401]
    assert entries(house) == before
    change(house, "kim", revoked_at=None)
    assert house.log("kim").status_code == 200


def test_a_token_that_may_only_read_meanwhile_writes_nothing_more(house):
    assert house.log("kim").status_code == 200
    change(house, "kim", can_write=False)
    before = entries(house)
    assert house.log("kim").status_code == 403
    with house.statements() as seen:
        assert house.log("kim").status_code == 403
    # The writer is not asked again.
    assert "read accounts" not in seen
    assert entries(house) == before
    change(house, "kim", can_write=True)
    assert house.log("kim").status_code == 200


def test_a_person_who_was_disabled_meanwhile_writes_nothing_more(house):
    assert house.log("kim").status_code == 200
    before = entries(house)
    kim = t.users.c.id == house.world.users["kim"]["id"]
    with house.database.write() as tx:
        tx.execute(sa.update(t.users).where(kim).values(disabled_at=clock.now()))
    assert house.log("kim").status_code == 401
    assert entries(house) == before


def test_who_joined_an_account_meanwhile_logs_time_there(house):
    assert house.log("kim").status_code == 200
    with house.database.write() as tx:
        make = Builder(tx)
        other = make.account(id=900, name="Another")
        make.stands_in(other, house.world.users["kim"])
        project = make.workspace(other, house.world.users["kim"])
        make.participation(project, house.world.users["kim"])
    answer = house.log("kim", workspace_id=project["id"])
    assert answer.status_code == 200
    assert answer.json()["time_entries"][answer.json()["results"][0]["id"]]["workspace_id"] == str(project["id"])


def test_who_joins_one_account_after_the_other_while_the_facts_are_read_is_known_in_both(house):
    actor = actor_of(house, "kim")
    wanted = [Wanted(0, {"workspace_id": house.world.workspaces["main"]["id"]}, ())]
    wish = Wish(verb=verbs.create, actor=actor, wanted=wanted, operation_id="joins")
    with house.database.write() as tx:
        make = Builder(tx)
        for id_ in (901, 902):
            make.stands_in(make.account(id=id_, name="Another"), house.world.users["kim"])
        # As if the second account were joined after the first was found.
        _, facts = time_entry_facts.facts(tx, [wish], time_entry_facts.named_in_new([wish]), held=True, joined={901})
    assert facts.accounts.keys() >= {actor.account_id, 901, 902}


def permit(house, permission):
    hers = t.account_memberships.c.user_id == house.world.users["kim"]["id"]
    with house.database.write() as tx:
        tx.execute(sa.update(t.account_memberships).where(hers).values(permission=permission))


def cost_shown(answer):
    body = answer.json()
    return body["time_entries"][body["results"][0]["id"]]["cost_rate_in_cents"]


SHOWING_MORE = "/time_entries?optional_fields=user_can_edit&include=user,workspace"


def log_shown(house, **how):
    entry = {"workspace_id": house.world.workspaces["main"]["id"], "date_performed": "2026-02-02"}
    return house.post("kim", SHOWING_MORE, {"time_entry": {**entry, "time_in_minutes": 30}}, **how)


def test_what_a_write_shows_is_what_its_caller_may_see_now(house):
    permit(house, "administrator")
    assert cost_shown(log_shown(house)) is not None
    permit(house, "collaborator")
    assert cost_shown(log_shown(house)) is None
    permit(house, "administrator")
    assert cost_shown(log_shown(house)) is not None


def test_what_a_replay_shows_is_what_its_caller_may_see_now(house):
    permit(house, "administrator")
    assert cost_shown(log_shown(house, headers={"Idempotency-Key": "a-key"})) is not None
    permit(house, "collaborator")
    again = log_shown(house, headers={"Idempotency-Key": "a-key"})
    assert again.headers["Idempotency-Replayed"] == "true"
    assert cost_shown(again) is None


def test_a_faulty_wish_with_a_revoked_token_has_it_looked_up_from_then_on(house):
    assert house.log("kim").status_code == 200
    change(house, "kim", revoked_at=clock.now())
    assert house.log("kim", time_in_minutes=0).status_code == 401
    with house.statements() as seen:
        assert house.log("kim", time_in_minutes=0).status_code == 401
    assert seen == ["read tokens"]

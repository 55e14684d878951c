"""What the published pages do not have: validate, batch, and why a rate is what it is (decisions C3 to C5)."""

import pytest
import sqlalchemy as sa

from tests.api.test_every_error import fingerprint
from timewright import soundness
from timewright import tables as t
from timewright.database import Database
from timewright.presenting import targets
from timewright.resources.time_entry_facts import alike
from timewright.rules.rates import RateFacts, tried
from timewright.tables import RATE_RULES

E = t.time_entries.c
STRICT = {"Prefer": "handling=strict"}


def entry(**members):
    return {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30, **members}


def validate(house, part, *entries, **how):
    return house.post(part, "/time_entries/validate", {"time_entries": list(entries)}, **how)


def batch(house, part, *entries, **how):
    return house.post(part, "/time_entries/batch", {"time_entries": list(entries)}, **how)


def count(house):
    with house.database.read() as tx:
        return tx.number(sa.select(sa.func.count()).select_from(t.time_entries))


# Validate -----------------------------------------------------------------------------------------


def test_a_valid_entry_is_answered_as_it_would_be_stored_and_is_not_stored(house):
    before = fingerprint(house)
    wanted = entry(story_id=1, notes="n", location="Office", rate_in_cents=5, approved=True)
    answer = validate(house, "lee", wanted)
    assert fingerprint(house) == before
    (outcome,) = answer.json()["outcomes"]
    assert answer.json()["meta"] == {"ignored": [{"index": 0, "field": "approved"}]}
    assert (outcome["index"], outcome["status"], outcome["errors"]) == (0, "valid", [])
    assert outcome["possible_duplicate"] is None
    assert outcome["time_entry"].pop("rate_rule") == "rate_in_cents"
    told = house.post("lee", "/time_entries", {"time_entry": wanted}).json()
    (stored,) = told["time_entries"].values()
    assert outcome["time_entry"] == {k: v for k, v in stored.items() if k not in {"id", "created_at", "updated_at"}}


def test_the_rule_is_told_to_those_who_see_the_rate(house):
    (outcome,) = validate(house, "kim", entry()).json()["outcomes"]
    assert (outcome["time_entry"]["rate_in_cents"], outcome["time_entry"]["rate_rule"]) == (None, None)
    (outcome,) = validate(house, "lee", entry()).json()["outcomes"]
    assert (outcome["time_entry"]["rate_in_cents"], outcome["time_entry"]["rate_rule"]) == (15_000, "participation")


def test_every_object_is_answered_on_its_own_with_what_a_create_would_say_of_it(house):
    entries = [entry(), entry(time_in_minutes=0, story_id=99), {"notes": "\0"}, entry(workspace_id=7), entry()]
    answer = validate(house, "kim", *entries)
    assert answer.status_code == 200
    for index, (wanted, outcome) in enumerate(zip(entries, answer.json()["outcomes"], strict=True)):
        told = validate_alone(house, wanted)
        assert outcome["index"] == index
        assert outcome["status"] == ("valid" if told.status_code == 200 else "refused")
        if told.status_code != 200:
            assert outcome["time_entry"] is None
            assert outcome["errors"] == [{**error, "index": index} for error in told.json()["errors"]]


def validate_alone(house, wanted):
    return house.post("kim", "/time_entries", {"time_entry": wanted})


def test_a_project_where_the_caller_may_not_log_is_forbidden_for_its_object_alone(house):
    outcomes = validate(house, "ada", entry(workspace_id=7), entry()).json()["outcomes"]
    assert [outcome["status"] for outcome in outcomes] == ["refused", "valid"]
    assert [(error["type"], error["index"]) for error in outcomes[0]["errors"]] == [("system", 0)]


def test_what_says_the_same_already_is_hinted_at(house):
    made = house.log("kim", notes="same").json()["results"][0]["id"]
    house.log("lee", notes="same")
    outcomes = validate(
        house, "kim", entry(notes="other"), entry(notes="same"), entry(notes="same"), entry(notes="other"),
        entry(notes="same", time_in_minutes=31), entry(notes="same", time_in_minutes=0),
    ).json()["outcomes"]  # fmt: skip
    assert [outcome["possible_duplicate"] for outcome in outcomes] == [
        None, {"ids": [made], "indexes": []}, {"ids": [made], "indexes": [1]}, {"ids": [], "indexes": [0]}, None, None,
    ]  # fmt: skip


def test_whoever_logs_for_a_colleague_is_hinted_at_what_the_colleague_logged(house):
    made = house.log("nora", notes="same").json()["results"][0]["id"]
    (outcome,) = validate(house, "lee", entry(notes="same", user_id=7)).json()["outcomes"]
    assert outcome["possible_duplicate"] == {"ids": [made], "indexes": []}


def test_only_what_is_visible_is_hinted_at(house):
    (row,) = house.rows(sa.select(t.time_entries).where(E.account_id == 1, E.id == 1))
    with house.database.read() as tx:
        assert alike(tx, {0: row}, sa.true()) == {0: {"ids": ["1"], "indexes": []}}
        assert alike(tx, {0: row}, E.id != 1) == {}


def test_a_strict_caller_is_told_what_would_be_ignored(house):
    (outcome,) = validate(house, "kim", entry(approved=True, user_id=2), headers=STRICT).json()["outcomes"]
    assert [error["field"] for error in outcome["errors"]] == ["approved", "user_id"]


@pytest.mark.parametrize("path", ["/time_entries/validate", "/time_entries/batch"])
def test_up_to_a_thousand_objects_are_taken(house, path):
    few = house.post("kim", path, {"time_entry": entry()})
    assert few.status_code == 200
    most = house.post("kim", path, {"time_entries": [entry()] * targets.MOST_APART})
    assert len(most.json()["outcomes"]) == targets.MOST_APART == 1_000
    before = fingerprint(house)
    for body in ({"time_entries": [entry()] * 1_001}, {"time_entries": []}, {}, {"time_entry": []}):
        answer = house.post("kim", path, body)
        assert (answer.status_code, answer.json()["errors"][0]["type"]) == (400, "system")
    assert fingerprint(house) == before


@pytest.mark.parametrize("path", ["/time_entries/validate", "/time_entries/batch"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_they_are_posts_alone(house, path, method):
    before = fingerprint(house)
    answer = house.request("kim", method, path, json={"time_entry": entry()} if method != "GET" else None)
    assert answer.status_code == 404
    assert fingerprint(house) == before


@pytest.mark.parametrize("path", ["/time_entries/validate", "/time_entries/batch"])
def test_a_token_that_was_revoked_hears_nothing_of_the_objects(house, path):
    house.log("kim")
    with house.database.write() as tx:
        tx.execute(sa.update(t.tokens).values(revoked_at=t.tokens.c.created_at))
    before = fingerprint(house)
    assert house.post("kim", path, {"time_entries": [entry(), entry(story_id=99)]}).status_code == 401
    assert fingerprint(house) == before


# Batch --------------------------------------------------------------------------------------------


def test_each_object_of_a_batch_is_stored_or_refused_on_its_own(house):
    before = count(house)
    answer = batch(house, "kim", entry(notes="a"), entry(time_in_minutes=0), entry(story_id=99), entry(notes="b", x=1))
    assert answer.status_code == 200
    outcomes = answer.json()["outcomes"]
    assert [(o["index"], o["status"], o["id"] is not None) for o in outcomes] == [
        (0, "created", True), (1, "refused", False), (2, "refused", False), (3, "created", True),
    ]  # fmt: skip
    assert [[(e["index"], e["field"]) for e in o["errors"]] for o in outcomes] == [
        [], [(1, "time_in_minutes")], [(2, "story_id")], [],
    ]  # fmt: skip
    assert answer.json()["meta"] == {"ignored": [{"index": 3, "field": "x"}]}
    assert count(house) == before + 2
    told = house.get("kim", f"/time_entries/{outcomes[3]['id']}").json()["time_entries"]
    assert told[outcomes[3]["id"]]["notes"] == "b"


def test_a_batch_sent_again_under_its_key_finds_what_was_stored_and_mends_what_was_not(house):
    key = {"Idempotency-Key": "once"}
    first = batch(house, "kim", entry(), entry(story_id=99), headers=key).json()["outcomes"]
    before = count(house)
    again = batch(house, "kim", entry(), entry(story_id=99), headers=key).json()["outcomes"]
    assert [outcome["status"] for outcome in again] == ["duplicate", "refused"]
    assert again[0]["id"] == first[0]["id"]
    assert count(house) == before
    mended = batch(house, "kim", entry(), entry(story_id=1), entry(), headers=key).json()["outcomes"]
    assert [outcome["status"] for outcome in mended] == ["duplicate", "created", "created"]
    assert count(house) == before + 2
    other = batch(house, "kim", entry(notes="other"), headers=key).json()["outcomes"]
    assert [(o["status"], o["errors"][0]["type"]) for o in other] == [("refused", "idempotency")]
    assert count(house) == before + 2


def test_a_batch_with_a_key_is_there_whole(house):
    batch(house, "kim", entry(), entry(story_id=99), entry(), headers={"Idempotency-Key": "once"})
    with house.database.read() as tx:
        assert [fault for fault in soundness.faults_of_rows(tx, has_counters=False) if "no line" not in fault] == []
    records = t.idempotency_records
    with house.database.write() as tx:
        tx.execute(sa.update(records).values(created_ids="[[1,1]]"))
    with house.database.read() as tx:
        told = soundness.faults_of_rows(tx, has_counters=False)
    assert "2 requests with an idempotency key are there in part." in told


def test_without_a_key_a_batch_sent_again_is_stored_again(house):
    before = count(house)
    for _ in range(2):
        assert batch(house, "kim", entry()).json()["outcomes"][0]["status"] == "created"
    assert count(house) == before + 2


def test_a_strict_batch_refuses_the_objects_that_hold_something_in_vain(house):
    outcomes = batch(house, "kim", entry(), entry(approved=True), headers=STRICT).json()["outcomes"]
    assert [outcome["status"] for outcome in outcomes] == ["created", "refused"]


def test_a_batch_is_told_that_nothing_was_stored_when_nothing_was(house, monkeypatch):
    def fail(*_):
        raise sa.exc.OperationalError("BEGIN", {}, Exception("out of reach"))

    before = fingerprint(house)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "write", fail)
        answer = batch(house, "kim", entry(), entry(story_id=99))
    assert (answer.status_code, answer.json()["errors"][0]["type"]) == (503, "unavailable")
    assert fingerprint(house) == before


# Rate ---------------------------------------------------------------------------------------------


def rate(house, part, id_):
    return house.get(part, f"/time_entries/{id_}/rate")


def test_a_rate_is_explained_rule_by_rule(house):
    id_ = house.log("lee", workspace_id=3, user_id=3, role_id=1).json()["results"][0]["id"]
    told = rate(house, "lee", id_).json()["rate"]
    assert [each["rule"] for each in told["rules"]] == list(RATE_RULES)
    assert {each["rule"]: each["rate_in_cents"] for each in told["rules"]} == {
        "not_billable": None, "rate_in_cents": None, "rate_card_role": 8_500, "rate_card_default": 7_500,
        "participation": None, "account_membership": None, "workspace": 5_000, "none": 0,
    }  # fmt: skip
    assert [each["rule"] for each in told["rules"] if each["won"]] == ["rate_card_role"] == [told["rate_rule"]]
    assert (told["rate_in_cents"], told["currency"], told["time_entry_id"]) == (8_500, "USD", id_)


def test_a_rate_that_was_set_is_its_own_rule(house):
    id_ = house.log("lee", rate_in_cents=123).json()["results"][0]["id"]
    told = rate(house, "lee", id_).json()["rate"]
    assert [(each["rule"], each["rate_in_cents"]) for each in told["rules"] if each["won"]] == [("rate_in_cents", 123)]


def test_a_rate_is_a_snapshot_while_its_rules_are_told_as_they_are_now(house):
    told = rate(house, "ada", 1).json()["rate"]
    with house.database.write() as tx:
        tx.execute(sa.update(t.workspaces).values(default_rate_in_cents=1))
    now = rate(house, "ada", 1).json()["rate"]
    assert told["rate_in_cents"] == now["rate_in_cents"] == 5_000
    assert [each["rate_in_cents"] for each in now["rules"] if each["won"]] == [1]


@pytest.mark.parametrize(
    ("part", "id_", "status"),
    [
        ("ada", 1, 200), ("lee", 1, 200), ("kim", 1, 403), ("vera", 1, 403), ("cleo", 1, 404), ("max", 1, 404),
        ("ada", 12, 200), ("nora", 12, 200), ("lee", 12, 404), ("kim", 999, 404), ("otto", 1, 200), ("kim", "x", 404),
        (None, 1, 401),
    ],
)  # fmt: skip
def test_rates_are_explained_to_those_who_see_them(still_house, part, id_, status):
    answer = rate(still_house, part, id_)
    assert answer.status_code == status
    if status == 404:
        assert answer.content == b'{"errors":[{"type":"system","message":"Not found"}]}'
    if part == "otto":
        assert answer.json()["rate"]["rate_in_cents"] == 77_777


def test_the_rules_are_tried_in_the_order_of_their_names():
    facts = RateFacts(
        billable=True, date_performed=None, role_id=None, asked=None, card=None, participation=None,
        account_membership=None, workspace=None,
    )  # fmt: skip
    assert [rule for rule, _ in tried(facts)] == list(RATE_RULES)

"""What becomes of one wished-for entry: a pure decision over facts. Same facts, same answer; and whoever may not see
a thing is told the same as if it were not there."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from timewright.actor import Actor
from timewright.rules.rates import RateCardVersion
from timewright.rules.time_entries import NOBODY, Facts, decide, strict_faults

HOME, ABROAD = 1, 2
MAIN, ARCHIVED, CLOSED, NOTES, CARD, HIDDEN = 10, 11, 12, 13, 14, 15
ADA, LEE, KIM, CLEO, NORA, DAN = 1, 2, 3, 4, 5, 6  # administers, leads, consults, is the client, is elsewhere, is out


def workspace(id_, account_id=HOME, **how):
    plain = {
        "account_id": account_id, "id": id_, "archived": False, "time_trackable": True, "currency": "USD",
        "rate_card_id": None, "require_notes_on_time_entries": False, "default_rate_in_cents": 5_000,
    }  # fmt: skip
    return {**plain, **how}


def participation(**how):
    return {
        "role": "maven", "access_level": "edit_tasks", "can_edit_time": True, "rate_in_cents": None,
        "cost_in_cents": None, "workspace_role_id": None, **how,
    }  # fmt: skip


def membership(**how):
    return {
        "disabled_at": None, "require_time_entry_location": False, "bill_rate_in_cents": None,
        "cost_rate_in_cents": None, "default_role_id": None, **how,
    }  # fmt: skip


def story(id_, **how):
    plain = {"id": id_, "workspace_id": MAIN, "deleted_at": None, "archived": False, "time_trackable": True}
    return {**plain, "billable": True, **how}


ROWS = (
    workspace(MAIN), workspace(ARCHIVED, archived=True), workspace(CLOSED, time_trackable=False),
    workspace(NOTES, require_notes_on_time_entries=True), workspace(CARD, rate_card_id=7), workspace(HIDDEN),
    workspace(MAIN, ABROAD, currency="EUR"),
)  # fmt: skip
TEAM = {
    LEE: participation(access_level="edit_financials", rate_in_cents=15_000),
    KIM: participation(),
    CLEO: participation(role="buyer", can_edit_time=False),
    DAN: participation(),
}
FACTS = Facts(
    accounts={
        HOME: {"id": HOME, "lock_date": date(2000, 1, 1), "has_locations": True},
        ABROAD: {"id": ABROAD, "lock_date": None, "has_locations": False},
    },
    users={ADA: {}, LEE: {}, KIM: {}, CLEO: {}, NORA: {}, DAN: {}},
    memberships={
        (HOME, ADA): membership(),
        (HOME, LEE): membership(bill_rate_in_cents=12_000, cost_rate_in_cents=6_000),
        (HOME, KIM): membership(bill_rate_in_cents=9_000, cost_rate_in_cents=4_000, default_role_id=2),
        (HOME, NORA): membership(require_time_entry_location=True),
        (HOME, DAN): membership(disabled_at=date(2026, 1, 1)),
    },
    workspaces={(row["account_id"], row["id"]): row for row in ROWS},
    participations={
        (HOME, id_, person): row for id_ in (MAIN, ARCHIVED, CLOSED, NOTES, CARD) for person, row in TEAM.items()
    }
    | {(HOME, HIDDEN, NORA): participation(access_level="edit_financials"), (ABROAD, MAIN, NORA): participation()},
    proxied={(HOME, MAIN): LEE, (HOME, HIDDEN): NORA},
    roles={(HOME, 1): {"deleted_at": None}, (HOME, 2): {"deleted_at": None}, (HOME, 3): {"deleted_at": date.min}},
    locations={
        (HOME, "Office"): {"id": 21, "archived": False},
        (HOME, "Old mill"): {"id": 22, "archived": True},
        (ABROAD, "Abroad"): {"id": 23, "archived": False},
    },
    cards={(HOME, 7): [RateCardVersion(date(2025, 1, 1), 7_000, {1: 8_000}), RateCardVersion(date(2026, 1, 1), 7_500)]},
    stories={
        (HOME, 1): story(1), (HOME, 2): story(2, billable=False), (HOME, 3): story(3, archived=True),
        (HOME, 4): story(4, deleted_at=date.min), (HOME, 5): story(5, time_trackable=False),
        (HOME, 6): story(6, workspace_id=HIDDEN), (ABROAD, 7): story(7),
    },
    assignments={(HOME, 1, KIM): {"role_id": 1}},
)  # fmt: skip
DAY, EARLIER = date(2026, 2, 2), date(2025, 12, 31)


def actor(user_id, permission="collaborator", account_id=HOME, **how):
    plain = {
        "user_id": user_id, "account_id": account_id, "permission": permission,
        "account_ids": (HOME, ABROAD) if user_id == NORA else (account_id,),
        "may_proxy": False, "token_id": 1, "can_read": True, "can_write": True,
    }  # fmt: skip
    return Actor(**{**plain, **how})


PEOPLE = {
    "ada": actor(ADA, "administrator", may_proxy=True),
    "lee": actor(LEE, "project_lead"),
    "kim": actor(KIM),
    "cleo": actor(CLEO, "external_collaborator"),
    "nora": actor(NORA),
    "vera": actor(9, "reports_viewer"),
}


def decided(who="kim", facts=FACTS, unknown=(), index=0, **values):
    sent = {"workspace_id": MAIN, "date_performed": DAY, "time_in_minutes": 30, **values}
    return decide(PEOPLE[who], index, sent, unknown, facts)


def entry(who="kim", **values):
    decision = decided(who, **values)
    assert decision.faults == []
    assert not decision.is_forbidden
    return decision.entry


def faults(who="kim", **values):
    decision = decided(who, **values)
    assert decision.entry == {}
    return [(fault.field, fault.message) for fault in decision.faults]


def test_an_entry_as_it_would_be_stored():
    assert entry(notes="n", location="Office", story_id=1, billable=True) == {
        "account_id": HOME, "workspace_id": MAIN, "story_id": 1, "user_id": KIM, "role_id": 1, "location_id": 21,
        "date_performed": DAY, "time_in_minutes": 30, "billable": True, "notes": "n", "rate_in_cents": 9_000,
        "rate_rule": "account_membership", "cost_rate_in_cents": 4_000, "currency": "USD",
    }  # fmt: skip


def test_what_is_read_beside_the_row_is_known_from_the_facts():
    assert decided("kim", location="Office").beside == {
        "_sees_money": False, "_sees_cost": False, "_has_locations": True, "location": "Office",
    }  # fmt: skip
    told = decided("lee").beside
    assert (told["_sees_money"], told["_sees_cost"], told["location"]) == (True, False, None)


# The workspace ------------------------------------------------------------------------------------

NOT_FOUND = [("workspace_id", "Workspace could not be found.")]


@pytest.mark.parametrize("who", ["kim", "lee", "cleo"])
def test_a_workspace_out_of_sight_is_answered_like_one_that_is_not_there(who):
    assert faults(who, workspace_id=HIDDEN) == faults(who, workspace_id=999) == NOT_FOUND


@pytest.mark.parametrize(
    ("workspace_id", "message"),
    [(ARCHIVED, "Workspace is archived."), (CLOSED, "Workspace does not accept time entries.")],
)
def test_a_workspace_that_takes_no_time_says_so_to_those_who_see_it(workspace_id, message):
    assert faults(workspace_id=workspace_id) == [("workspace_id", message)]
    assert decided("cleo", workspace_id=workspace_id).is_forbidden


def test_of_two_workspaces_with_the_same_id_the_one_at_home_is_meant():
    assert entry("kim")["account_id"] == HOME
    # Nora does not see the one at home, and takes part in the other.
    abroad = entry("nora")
    assert (abroad["account_id"], abroad["currency"]) == (ABROAD, "EUR")


def test_nothing_more_is_said_of_an_entry_whose_workspace_is_not_found():
    assert (
        faults(workspace_id=999, story_id=999, role_id=999, location="?", date_performed=date(1999, 1, 1)) == NOT_FOUND
    )
    assert faults(workspace_id=None) == []  # the reader of the body has said so


# Who ----------------------------------------------------------------------------------------------


def test_who_sees_the_workspace_and_may_not_log_in_it_is_forbidden():
    assert decided("cleo").is_forbidden
    assert decided("vera").is_forbidden  # sees it through the account and takes no part
    facts = replace(
        FACTS, participations={**FACTS.participations, (HOME, MAIN, KIM): participation(can_edit_time=False)}
    )
    assert decided("kim", facts=facts).is_forbidden
    assert not decided("lee", facts=facts).is_forbidden


@pytest.mark.parametrize("asked", [LEE, NORA, DAN, 999])
def test_whom_a_caller_without_the_right_names_is_ignored_whoever_it_is(asked):
    decision = decided("kim", user_id=asked)
    assert (decision.entry["user_id"], decision.ignored, decision.faults) == (KIM, ["user_id"], [])
    assert decision == decided("kim", user_id=998)


def test_the_caller_named_as_the_owner_is_nothing_to_ignore():
    decision = decided("kim", user_id=KIM)
    assert (decision.entry["user_id"], decision.ignored, decision.on_behalf_of_id) == (KIM, [], None)


def test_financial_access_on_the_providers_team_logs_for_colleagues():
    decision = decided("lee", user_id=KIM)
    assert (decision.entry["user_id"], decision.ignored, decision.on_behalf_of_id) == (KIM, [], None)
    assert (decision.entry["rate_in_cents"], decision.entry["cost_rate_in_cents"]) == (9_000, 4_000)
    assert decision.entry["role_id"] == 2  # Kim's, not Lee's


@pytest.mark.parametrize("level", ["view_financials", "edit_time_and_expenses", "edit_tasks"])
def test_less_than_financial_access_to_change_does_not(level):
    lee = participation(access_level=level)
    facts = replace(FACTS, participations={**FACTS.participations, (HOME, MAIN, LEE): lee})
    assert decided("lee", facts=facts, user_id=KIM).ignored == ["user_id"]


def test_a_client_with_financial_access_does_not():
    lee = participation(access_level="admin", role="buyer", can_edit_time=False)
    facts = replace(FACTS, participations={**FACTS.participations, (HOME, MAIN, LEE): lee})
    decision = decided("lee", facts=facts, user_id=KIM)
    assert decision.is_forbidden
    assert decision.ignored == ["user_id"]


def test_an_administrator_logs_through_a_member_who_has_the_right_and_the_member_is_named():
    decision = decided("ada", user_id=KIM)
    assert (decision.entry["user_id"], decision.on_behalf_of_id) == (KIM, LEE)


def test_an_administrator_without_a_proxy_or_without_such_a_member_is_a_caller_like_others():
    no_member = replace(FACTS, proxied={})
    assert decided("ada", facts=no_member, user_id=KIM).is_forbidden
    without = replace(PEOPLE["ada"], may_proxy=False)
    decision = decide(without, 0, {"workspace_id": MAIN, "user_id": KIM}, (), FACTS)
    assert decision.is_forbidden
    assert decision.ignored == ["user_id"]


@pytest.mark.parametrize("asked", [NORA, CLEO, DAN, 999])
@pytest.mark.parametrize("who", ["lee", "ada"])
def test_a_person_who_may_not_log_is_answered_like_one_who_is_not_there(who, asked):
    told = faults(who, user_id=asked, location=None)
    assert told == [("user_id", "User could not be found in this workspace.")]
    assert decided(who, user_id=asked) == decided(who, user_id=998)


def test_nothing_is_asked_of_a_person_who_may_not_be_named():
    # Nora's membership requires a location: hearing of it would tell that there is a Nora.
    for asked in (NORA, 999, NOBODY + 900):
        assert faults("lee", user_id=asked) == [("user_id", "User could not be found in this workspace.")]


# Story, role, place, notes, day -------------------------------------------------------------------

NO_STORY = [("story_id", "Story could not be found in this workspace.")]


def test_a_story_elsewhere_deleted_or_in_another_account_is_answered_like_one_that_is_not_there():
    for story_id in (4, 6, 7, 999):
        assert faults(story_id=story_id) == NO_STORY


def test_a_story_that_takes_no_time_says_so():
    assert faults(story_id=3) == [("story_id", "Story is archived.")]
    assert faults(story_id=5) == [("story_id", "Story does not accept time entries.")]


@pytest.mark.parametrize("role_id", [3, 999])
def test_a_deleted_role_is_answered_like_one_that_is_not_there(role_id):
    assert faults(role_id=role_id) == [("role_id", "Role could not be found.")]


def test_the_role_comes_from_the_first_that_knows_one():
    assert entry(role_id=2, story_id=1)["role_id"] == 2
    assert entry(story_id=1)["role_id"] == 1
    assert entry(story_id=2)["role_id"] == 2  # not assigned: the membership's
    assert entry("lee")["role_id"] is None
    kim = participation(workspace_role_id=1)
    facts = replace(FACTS, participations={**FACTS.participations, (HOME, MAIN, KIM): kim})
    assert decided(facts=facts).entry["role_id"] == 1


@pytest.mark.parametrize("name", ["Old mill", "office", "Office ", "OFFICE", "Abroad", "?"])
def test_a_place_is_the_exact_name_of_one_that_is_open(name):
    assert faults(location=name) == [("location", "Location must be the name of a location of the account.")]


def test_a_place_must_be_given_where_the_owners_membership_says_so():
    strict = {**FACTS.memberships, (HOME, KIM): membership(require_time_entry_location=True)}
    facts = replace(FACTS, memberships=strict)
    for who, user_id in (("kim", None), ("lee", KIM), ("ada", KIM)):
        told = decided(who, facts=facts, user_id=user_id)
        assert [(fault.field, fault.message) for fault in told.faults] == [("location", "Location must be given.")]
        assert decided(who, facts=facts, user_id=user_id, location="Office").faults == []
    assert decided("lee", facts=facts).faults == []


@pytest.mark.parametrize("notes", [None, "", " ", "\n\t"])
def test_notes_must_say_something_where_the_workspace_says_so(notes):
    assert faults(workspace_id=NOTES, notes=notes) == [("notes", "Notes must be given in this workspace.")]
    assert entry(notes=notes)["notes"] == notes


def test_the_lock_day_is_open_and_the_day_before_is_not():
    assert entry(date_performed=date(2000, 1, 1))["date_performed"] == date(2000, 1, 1)
    (told,) = faults(date_performed=date(1999, 12, 31))
    assert told[0] == "date_performed"
    assert entry("nora", date_performed=date(1995, 1, 1))["account_id"] == ABROAD  # which has no lock


def test_time_is_billable_as_the_story_is_unless_somebody_says():
    assert entry()["billable"] is True
    assert entry(story_id=1)["billable"] is True
    assert entry(story_id=2)["billable"] is False
    assert entry(story_id=2, billable=True)["billable"] is True
    assert entry(story_id=1, billable=False)["billable"] is False
    assert entry(story_id=2, billable=None)["billable"] is False


# Money --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "values", "rate", "rule", "ignored"),
    [
        ("kim", {}, 9_000, "account_membership", []),
        ("kim", {"rate_in_cents": 1}, 9_000, "account_membership", ["rate_in_cents"]),
        ("kim", {"rate_in_cents": 0}, 9_000, "account_membership", ["rate_in_cents"]),
        ("kim", {"billable": False}, 0, "not_billable", []),
        ("kim", {"billable": False, "rate_in_cents": 1}, 0, "not_billable", ["rate_in_cents"]),
        ("lee", {}, 15_000, "participation", []),
        ("lee", {"rate_in_cents": 1}, 1, "rate_in_cents", []),
        ("lee", {"rate_in_cents": 0}, 0, "rate_in_cents", []),
        ("lee", {"billable": False, "rate_in_cents": 1}, 0, "not_billable", ["rate_in_cents"]),
        ("lee", {"billable": False, "rate_in_cents": 0}, 0, "not_billable", []),
        ("lee", {"user_id": KIM, "rate_in_cents": 1}, 1, "rate_in_cents", []),
        ("lee", {"workspace_id": CARD}, 7_500, "rate_card_default", []),
        ("lee", {"workspace_id": CARD, "role_id": 1}, 7_500, "rate_card_default", []),
        (
            "lee",
            {"workspace_id": CARD, "role_id": 1, "date_performed": date(2025, 12, 31)},
            8_000,
            "rate_card_role",
            [],
        ),
        ("lee", {"workspace_id": CARD, "date_performed": date(2026, 1, 1)}, 7_500, "rate_card_default", []),
        ("lee", {"workspace_id": CARD, "date_performed": EARLIER}, 7_000, "rate_card_default", []),
        ("lee", {"workspace_id": CARD, "date_performed": date(2025, 1, 1)}, 7_000, "rate_card_default", []),
        ("lee", {"workspace_id": CARD, "date_performed": date(2024, 12, 31)}, 5_000, "workspace", []),
        ("nora", {}, 5_000, "workspace", []),
    ],
)
def test_the_rate_and_the_rule_that_gave_it(who, values, rate, rule, ignored):
    decision = decided(who, **values)
    assert (decision.entry["rate_in_cents"], decision.entry["rate_rule"]) == (rate, rule)
    assert decision.ignored == ignored


def test_a_workspace_with_a_card_that_has_no_version_yet_falls_back_to_its_own_rate():
    facts = replace(FACTS, cards={})
    decision = decided("lee", facts=facts, workspace_id=CARD)
    assert (decision.entry["rate_in_cents"], decision.entry["rate_rule"]) == (5_000, "workspace")


def test_a_cost_is_set_by_an_administrator_alone():
    for who in ("kim", "lee"):
        decision = decided(who, cost_rate_in_cents=1)
        assert decision.ignored == ["cost_rate_in_cents"]
        assert decision.entry["cost_rate_in_cents"] in {4_000, 6_000}
    decision = decided("ada", user_id=KIM, cost_rate_in_cents=1)
    assert (decision.entry["cost_rate_in_cents"], decision.ignored) == (1, [])


# Strict -------------------------------------------------------------------------------------------


def test_a_strict_caller_is_told_of_each_member_that_would_be_ignored():
    decision = decided("kim", index=3, unknown=("colour", ""), user_id=LEE, rate_in_cents=1)
    told = strict_faults(decision)
    assert [(fault.index, fault.field) for fault in told] == [
        (3, "colour"), (3, "base"), (3, "user_id"), (3, "rate_in_cents"),
    ]  # fmt: skip
    assert {fault.message for fault in told} == {"This member would be ignored."}
    assert strict_faults(decided("kim")) == []


# Whatever is wished for ---------------------------------------------------------------------------

wishes = st.fixed_dictionaries(
    {},
    optional={
        "workspace_id": st.sampled_from([MAIN, ARCHIVED, CLOSED, NOTES, CARD, HIDDEN, 999]),
        "date_performed": st.sampled_from([DAY, date(2000, 1, 1), date(1999, 12, 31), date(2025, 6, 1)]),
        "time_in_minutes": st.integers(1, 1440),
        "billable": st.none() | st.booleans(),
        "rate_in_cents": st.none() | st.integers(0, 10**9),
        "cost_rate_in_cents": st.none() | st.integers(0, 10**9),
        "notes": st.sampled_from([None, "", "zebra-4711"]),
        "role_id": st.sampled_from([None, 1, 2, 3, 999]),
        "story_id": st.sampled_from([None, 1, 2, 3, 4, 5, 6, 7, 999]),
        "user_id": st.sampled_from([None, ADA, LEE, KIM, CLEO, NORA, DAN, 999]),
        "location": st.sampled_from([None, "Office", "Old mill", "zebra-4711"]),
    },
)
people = st.sampled_from(list(PEOPLE.values()))


@given(people, wishes)
def test_the_same_wish_over_the_same_facts_has_the_same_answer(who, wish):
    assert decide(who, 0, wish, (), FACTS) == decide(who, 0, dict(wish), (), FACTS)


@given(people, wishes, st.integers(0, 99))
def test_an_entry_is_decided_only_when_nothing_is_wrong_with_it(who, wish, index):
    decision = decide(who, index, wish, (), FACTS)
    assert not (decision.entry and (decision.faults or decision.is_forbidden))
    assert {fault.index for fault in decision.faults} <= {index}
    assert {fault.field for fault in decision.faults} <= set(wish) | {"notes", "location"}
    for fault in decision.faults:
        assert fault.message.endswith(".")
        assert "zebra" not in fault.message


@given(people, wishes)
def test_no_entry_goes_where_its_owner_may_not_log_or_costs_what_nobody_set(who, wish):
    decision = decide(who, 0, wish, (), FACTS)
    if not decision.entry:
        return
    made = decision.entry
    owner = FACTS.participations[made["account_id"], made["workspace_id"], made["user_id"]]
    assert owner["role"] == "maven"
    assert owner["can_edit_time"]
    assert made["account_id"] in who.account_ids
    assert (made["rate_in_cents"] == 0) or made["billable"]
    assert type(made["rate_in_cents"]) is int
    if made["rate_rule"] == "rate_in_cents":
        assert made["rate_in_cents"] == wish["rate_in_cents"]
        assert who.user_id in {ADA, LEE, NORA}
    if made["user_id"] != who.user_id:
        assert made["user_id"] == wish["user_id"]
        assert who.user_id in {ADA, LEE, NORA}


@given(people, wishes)
def test_what_a_caller_may_not_see_changes_nothing(who, wish):
    """The hidden project, its story and the other account's rows might as well not be there."""
    if who.user_id not in {KIM, LEE, CLEO}:
        return
    poorer = replace(
        FACTS,
        workspaces={key: row for key, row in FACTS.workspaces.items() if key[0] == HOME and key[1] != HIDDEN},
        participations={key: row for key, row in FACTS.participations.items() if key[1] != HIDDEN},
        stories={key: row for key, row in FACTS.stories.items() if key not in {(HOME, 6), (HOME, 4), (ABROAD, 7)}},
        roles={key: row for key, row in FACTS.roles.items() if row["deleted_at"] is None},
        locations={key: row for key, row in FACTS.locations.items() if not row["archived"] and key[0] == HOME},
    )
    assert decide(who, 0, wish, (), FACTS) == decide(who, 0, wish, (), poorer)

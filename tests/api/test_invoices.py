"""Invoices: who sees which, what they hold, by what they are narrowed and sorted. Comments name the entry of the
contract's page (invoices) that a case comes from."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from tests.conftest import open_house
from timewright import tables as t

MADE = "2026-01-05T09:00:00Z"
I = t.invoices.c  # noqa: E741


def listed(house, part, **parameters):
    answer = house.get(part, "/invoices", per_page=200, **parameters)
    assert answer.status_code == 200, answer.text
    return [int(each["id"]) for each in answer.json()["results"]]


def test_an_invoice_is_shown_whole(still_house):
    told = still_house.get("lee", "/invoices/2", include="user,recipient,workspaces,time_entries,external_references")
    assert told.json() == {
        "count": 1,
        "results": [{"key": "invoices", "id": "2"}],
        "invoices": {
            "2": {
                "id": "2", "created_at": MADE, "updated_at": MADE, "invoice_date": "2026-01-31",
                "due_date": "2026-03-02", "status": "new", "title": "Draft Invoice #2", "user_invoice_number": 2,
                "user_invoice_title": None, "tax_rate": 0.0, "purchase_order": None, "project_code": None,
                "message": "canary-7f3a money", "draft": True, "payment_schedule": 30, "balance_in_cents": 5_000,
                "currency": "USD", "currency_symbol": "$", "currency_base_unit": 100, "recipient_id": None,
                "user_id": "2", "external_reference_ids": [], "time_entry_ids": [], "workspace_ids": ["1"],
            }
        },
        "users": told.json()["users"],
        "workspaces": told.json()["workspaces"],
        "time_entries": {},
        "external_references": {},
        "meta": {"count": 1, "page_count": 1, "page_number": 1, "page_size": 20},
    }  # fmt: skip
    assert (set(told.json()["users"]), set(told.json()["workspaces"])) == ({"2"}, {"1"})


def test_the_entries_of_an_invoice_are_side_loaded(still_house):
    told = still_house.get("ada", "/invoices", include="time_entries,workspaces").json()
    entry = str(still_house.world.entries["invoiced"]["id"])
    assert told["invoices"]["1"]["time_entry_ids"] == [entry]
    assert set(told["time_entries"]) == {entry}
    assert told["time_entries"][entry]["is_invoiced"] is True
    assert told["invoices"]["6"]["workspace_ids"] == ["1", "7"]


def test_nothing_but_time_is_billed(still_house):
    told = still_house.get("lee", "/invoices/1", include="additional_items,fixed_fee_items,billing_milestones").json()
    for name in ("additional_item", "fixed_fee_item", "billing_milestone"):
        assert (told["invoices"]["1"][f"{name}_ids"], told[f"{name}s"]) == ([], {})


SEEN = {
    "ada": {1, 2, 3, 4, 5, 6},
    "lee": {1, 2, 3, 4},  # access: financial permission in every project that is billed
    "nora": {5},  # not the one that bills another project as well
    "otto": set(range(1, 16)),
    **{part: set() for part in ("kim", "cleo", "vera", "max", "eve", "fred")},
}


@pytest.mark.parametrize("part", SEEN)
def test_which_invoices_somebody_sees(still_house, part):
    assert set(listed(still_house, part)) == SEEN[part]
    for id_ in range(1, 20):
        answer = still_house.get(part, f"/invoices/{id_}")
        assert answer.status_code == (200 if id_ in SEEN[part] else 404)


def test_a_client_with_financial_access_sees_the_bills(house):
    with house.database.write() as tx:
        of = t.participations.c
        tx.execute(
            sa.update(t.participations)
            .where(of.account_id == 1, of.role == "buyer", of.workspace_id == 1)
            .values(access_level="view_financials")
        )
    assert set(listed(house, "cleo")) == {1, 2, 3}


@pytest.fixture(scope="module")
def dated_house(engine):
    """The house with invoices that were made and dated on different days."""
    with open_house(engine) as house:
        with house.database.write() as tx:
            for id_, hour, dated in ((1, 0, 3), (2, 23, 2), (3, 12, 1)):
                made = datetime(2026, 2, id_, hour, 30, tzinfo=UTC)
                tx.execute(
                    sa.update(t.invoices)
                    .where(I.account_id == 1, I.id == id_)
                    .values(created_at=made, updated_at=made, invoice_date=date(2026, 4, dated))
                )
        yield house


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, [3, 2, 1, 4, 5, 6]),  # orders.default: created_at:desc
        ({"workspace_id": "7,3"}, [4, 5, 6]),  # takes a comma list despite the name
        ({"workspace_id": "1"}, [3, 2, 1, 6]),
        ({"workspace_id": "999"}, []),
        ({"paid": "true"}, [4]),
        ({"paid": "false"}, [3, 2, 1, 4, 5, 6]),
        ({"pending": "true"}, [3, 1, 5, 6]),  # not accepted and not draft
        ({"pending": "false"}, [3, 2, 1, 4, 5, 6]),
        ({"without_drafts": "true"}, [3, 1, 4, 5, 6]),
        ({"without_drafts": "true", "workspace_id": "1"}, [3, 1, 6]),
        ({"user_invoice_number": "2,4"}, [2, 4]),
        ({"user_invoice_number": "x,4, ²,99999999999999999999"}, [4]),
        ({"user_invoice_number": "x"}, []),
        ({"within_dates": "2026-02-01:2026-02-02"}, [2, 1]),  # creation date
        ({"within_dates": "2026-02-03:"}, [3]),
        ({"within_dates": ":2026-01-31"}, [4, 5, 6]),
        ({"within_dates": "0001-01-01:9999-12-31"}, [3, 2, 1, 4, 5, 6]),
        ({"within_dates": "2026-02-02:2026-02-01"}, []),
        ({"created_after": "2026-02-02"}, [3, 2]),
        ({"created_before": "2026-02-01"}, [4, 5, 6]),
        ({"updated_after": "2026-02-03"}, [3]),
        ({"updated_before": "2026-02-01"}, [4, 5, 6]),
        ({"only": "1,4,999"}, [1, 4]),
        ({"order": "created_at"}, [4, 5, 6, 1, 2, 3]),
        ({"order": "id:desc"}, [6, 5, 4, 3, 2, 1]),
        ({"order": "id"}, [1, 2, 3, 4, 5, 6]),
        ({"order": "invoice_date:desc"}, [1, 2, 3, 4, 5, 6]),
        ({"order": "invoice_date"}, [4, 5, 6, 3, 2, 1]),
        ({"order": "updated_at:desc"}, [3, 2, 1, 4, 5, 6]),
    ],
    ids=str,
)
def test_invoices_are_narrowed_and_sorted(dated_house, parameters, expected):
    assert listed(dated_house, "ada", **parameters) == expected


@pytest.mark.parametrize(
    "parameters",
    [{"workspace_id": "one"}, {"paid": "perhaps"}, {"within_dates": "2026-01-01"}, {"pending": "2"}],
    ids=str,
)
def test_a_filter_that_cannot_be_read_is_named(still_house, parameters):
    answer = still_house.get("lee", "/invoices", **parameters)
    assert answer.status_code == 400
    assert next(iter(parameters)) in answer.json()["errors"][0]["message"]

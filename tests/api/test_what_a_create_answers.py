"""What a create answers is what a show answers: the row just written is not read again, so it must agree."""

import pytest

PARTS = {"ada": 200, "lee": 200, "kim": 200, "fred": 200}
INCLUDES = "active_submission,recent_submission,external_references,invoice,role,story,user,workspace"


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("asked", ["", "&optional_fields=location_id,user_can_edit", f"&include={INCLUDES}"])
def test_a_create_answers_what_a_show_answers(house, part, asked):
    entries = [
        {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30},
        {"workspace_id": 1, "date_performed": "2026-02-03", "time_in_minutes": 31, "location": "Office", "notes": ""},
        {"workspace_id": 1, "date_performed": "2026-02-03", "time_in_minutes": 32, "story_id": 1, "billable": False},
        {"workspace_id": 1, "date_performed": "2026-02-01", "time_in_minutes": 33, "rate_in_cents": 4_321},
    ]
    made = house.request(part, "POST", f"/time_entries?{asked}", json={"time_entries": entries})
    assert made.status_code == 200
    told = made.json()
    everywhere = "on_my_account=false"
    for id_, entry in told["time_entries"].items():
        shown = house.request(part, "GET", f"/time_entries/{id_}?{everywhere}{asked}").json()
        assert shown["time_entries"][id_] == entry
    only = ",".join(told["time_entries"])
    listed = house.request(part, "GET", f"/time_entries?{everywhere}&only={only}{asked}").json()
    assert listed["results"] == told["results"]
    assert {k: v for k, v in listed.items() if k != "meta"} == {k: v for k, v in told.items() if k != "meta"}


@pytest.mark.parametrize("order", ["created_at", "date_performed", "date_performed:desc", "updated_at:desc", "nothing"])
def test_a_bulk_answer_is_sorted_as_the_list_is(house, order):
    days = ["2026-02-02", "2026-02-05", "2026-02-02", "2026-02-01"]
    entries = [{"workspace_id": 1, "date_performed": day, "time_in_minutes": 30} for day in days]
    made = house.request("kim", "POST", f"/time_entries?order={order}", json={"time_entries": entries}).json()
    only = ",".join(made["time_entries"])
    listed = house.request("kim", "GET", f"/time_entries?order={order}&only={only}").json()
    assert made["results"] == listed["results"]
    assert made["meta"]["created_ids"] == sorted(made["time_entries"], key=int)


def test_an_answer_whose_side_loads_cannot_be_read_is_a_success_all_the_same(house, monkeypatch):
    def fail(*_args, **_how):
        raise RuntimeError("the disk is gone")

    monkeypatch.setattr("timewright.presenting.load.written", fail)
    body = {"time_entry": {"workspace_id": 1, "date_performed": "2026-02-02", "time_in_minutes": 30}}
    answer = house.request("kim", "POST", f"/time_entries?include={INCLUDES}", json=body)
    assert answer.status_code == 200
    told = answer.json()
    assert told["meta"]["incomplete"] is True
    assert told["users"] == told["workspaces"] == told["external_references"] == {}
    (entry,) = told["time_entries"].values()
    assert entry["time_in_minutes"] == 30
    assert entry["rate_in_cents"] is None

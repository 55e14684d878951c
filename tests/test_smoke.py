def test_create(house):
    r = house.log("kim")
    assert r.status_code == 200, r.text
    print(r.text)
    r = house.request(
        "kim",
        "POST",
        "/time_entries?include=active_submission,recent_submission,external_references,invoice,role,story,user,workspace&optional_fields=location_id,user_can_edit",
        json={
            "time_entries": [
                {
                    "workspace_id": 1,
                    "date_performed": "2026-02-02",
                    "time_in_minutes": 30,
                    "story_id": 1,
                    "location": "Office",
                    "notes": "x",
                    "external_reference": {"service_name": "jira", "service_model": "Issue", "service_model_ref": 5},
                },
                {"workspace_id": "3", "date_performed": "2026-02-03", "time_in_minutes": "30", "foo": 1},
            ]
        },
    )
    print(r.text)
    assert r.status_code == 200
    for p in ("/time_entries", "/workspaces", "/stories", "/users", "/users/me"):
        with house.statements() as s:
            r = house.get("kim", p)
        print(p, s)
        assert r.status_code == 200, r.text
        assert "canary" not in r.text
    print(r.text)
    with house.statements() as s:
        house.log("kim", user_id=1)
    print(s)

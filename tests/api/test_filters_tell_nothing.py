"""A filter answers only about what its caller may see."""


def test_who_takes_part_in_a_hidden_project_is_not_told(still_house):
    hidden = still_house.world.workspaces["hidden"]["id"]
    main = still_house.world.workspaces["main"]["id"]
    nora = str(still_house.world.users["nora"]["id"])
    assert nora in still_house.get("kim", "/users", participant_in=main).json()["users"]
    assert still_house.get("kim", "/users", participant_in=hidden).json()["count"] == 0
    assert nora in still_house.get("max", "/users", participant_in=hidden).json()["users"]
    assert nora in still_house.get("ada", "/users", participant_in=hidden).json()["users"]


def test_a_person_out_of_sight_is_not_found_by_address(still_house):
    otto = still_house.world.users["otto"]["email_address"]
    assert still_house.get("ada", "/users", by_email_address=otto).json()["count"] == 0
    assert still_house.get("otto", "/users", by_email_address=otto.upper()).json()["count"] == 1


def test_entries_of_a_colleague_are_not_found_by_any_filter(still_house):
    world = still_house.world
    lees = {
        "with_user_ids": world.users["lee"]["id"],
        "workspace_id": world.workspaces["main"]["id"],
        "billable": "true",
    }
    assert still_house.get("kim", "/time_entries", **lees).json()["count"] == 0
    assert still_house.get("lee", "/time_entries", **lees).json()["count"] == 1
    hidden = {"workspace_id": world.workspaces["hidden"]["id"], "from_archived_workspaces": "true"}
    assert still_house.get("lee", "/time_entries", **hidden, on_my_account="false").json()["count"] == 0

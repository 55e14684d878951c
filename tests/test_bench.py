"""The benchmark runs and says what it must. Nothing here looks at how fast anything is."""

import json
import sqlite3
from contextlib import closing

import pytest

from bench import __main__ as bench
from bench import floors, inserts, load, report, seeding, servers

FLOORED = [figure for _, figures in floors.SECTIONS for figure in figures if figure.floor is not None]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return seeding.made(tmp_path_factory.mktemp("data"), 500)


def test_a_short_round_measures_everything_that_has_a_floor(tmp_path, monkeypatch, capsys):
    for name, value in {"QUICK": "1", "BENCH_RESULTS": str(tmp_path), "CHECK": "", "BENCH_DATA": ""}.items():
        monkeypatch.setenv(name, value)
    assert bench.main() == 0
    (path,) = tmp_path.glob("*.json")
    told = json.loads(path.read_text())
    assert {"date", "cpu", "cores", "python", "sqlite", "packages"} <= told["machine"].keys()
    assert {figure.name for figure in FLOORED} <= told["figures"].keys()
    assert all(value >= 0 for name, value in told["rounds"][0].items() if name != "memory.growth")
    for figure in FLOORED:
        assert told["figures"][figure.name]["verdict"] in {"aim", "floor", "MISSED"}
        assert figure.says in (tmp_path / "table.md").read_text()
    assert told["figures"]["single.c64.set"]["median"] >= 1
    assert str(path) in capsys.readouterr().out


def test_an_answer_that_is_not_2xx_fails_the_run(place, tmp_path):
    copy = seeding.copied(place, tmp_path / "copy")
    with servers.serving(copy) as server:
        nobody = load.gets(tmp_path, "nobody", "/api/v1/users/me", "tw_nobody")
        with pytest.raises(servers.Failed):
            load.run(server, nobody, 1, 1, warm_up=0)
        with pytest.raises(servers.Failed):
            servers.asked(server, "/api/v1/users/me", "tw_nobody", 0)


def test_what_the_denominators_store_is_what_the_server_stored(place, tmp_path):
    served, again, sets = (seeding.copied(place, tmp_path / name) for name in ("served", "again", "sets"))
    with servers.serving(served) as server:
        run = load.run(server, load.singles(served, tmp_path), 8, 1, warm_up=0)
    what = inserts.added(served, place, 1_000_000)
    stored = inserts.stored_entries(served.path) - inserts.stored_entries(place.path)
    assert run.requests <= stored == sum(what.sizes)
    assert what.rows["changes"]
    assert what.rows["external_references"]
    assert what.rows["idempotency_records"]
    assert inserts.in_a_loop(again, what).per_second > 0
    assert inserts.stored_entries(again.path) == inserts.stored_entries(served.path)
    assert inserts.in_sets(sets, what, 10).per_second > 0
    assert inserts.stored_entries(sets.path) == 500 + stored // 10 * 10


def test_days_people_and_projects_do_not_follow_from_ids(place):
    with closing(sqlite3.connect(place.path)) as connection:
        rows = connection.execute(
            "SELECT date_performed, user_id, workspace_id FROM time_entries ORDER BY id"
        ).fetchall()
    assert len(rows) == 500
    assert all(project in seeding.projects_of(user) for _, user, project in rows)
    for column in range(3):
        former, latter = ([row[column] for row in half] for half in (rows[:250], rows[250:]))
        # Drawn from the same urn: the middle of either half lies well inside the other.
        for half, other in ((former, latter), (latter, former)):
            assert sorted(other)[50] < sorted(half)[125] < sorted(other)[-50]


def test_what_was_made_is_kept(tmp_path):
    first = seeding.made(tmp_path, 10)
    at = first.path.stat().st_ino
    assert seeding.made(tmp_path, 10) == first
    assert first.path.stat().st_ino == at


def test_a_figure_below_its_floor_is_said_and_fails_a_check(monkeypatch, capsys):
    monkeypatch.setenv("CHECK", "1")
    good = {figure.name: figure.aim for figure in FLOORED}
    assert bench._judged([good]) == 0
    figure = FLOORED[0]
    assert bench._judged([good | {figure.name: figure.floor * (2 if figure.most else 0.5)}]) == 1
    assert figure.says in capsys.readouterr().out
    monkeypatch.setenv("CHECK", "")
    assert bench._judged([good | {figure.name: figure.floor * (2 if figure.most else 0.5)}]) == 0


def test_the_middle_of_the_rounds_counts():
    figure = next(figure for figure in FLOORED if not figure.most)
    ((_, (told,)), *_) = [
        (title, found) for title, found in floors.told([{figure.name: n} for n in (1, 9, 2)]) if found
    ]
    assert (told.middle, told.least, told.most) == (2, 1, 9)


def test_a_page_is_filled_between_its_markers(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n")
    about = report.machine() | {"rounds": 1, "small": 1, "large": 1}
    for _ in range(2):
        report.fill(page, [{"start": 0.5}], about)
    text = page.read_text()
    assert text.startswith("before\n")
    assert text.endswith("\nafter\n")
    assert "old" not in text
    assert text.count("start to first answer") == 1

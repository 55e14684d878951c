"""The commands, as a person or a script would use them: in processes of their own."""

import contextlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from timewright import settings

PROGRAM = str(Path(sys.executable).with_name("timewright"))


def run(*arguments, code=0, **environment):
    done = subprocess.run(
        [PROGRAM, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
        timeout=60,
    )
    assert done.returncode == code, done.stderr
    return done


@contextlib.contextmanager
def running(*arguments, **environment):
    """A server in a process of its own; killed at the end unless it ended by itself."""
    process = subprocess.Popen(
        [PROGRAM, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def demo(folder, *more):
    return running("demo", "--json", "--port", "0", "--data", str(folder), *more)


def _get(told, part, path):
    headers = {"Authorization": f"Bearer {told['tokens'][part]}"}
    return httpx2.get(told["base_url"] + path, headers=headers)


def _post(told, part, **members):
    entry = {"workspace_id": told["workspace_id"], "date_performed": "2013-05-01", "time_in_minutes": 30, **members}
    headers = {"Authorization": f"Bearer {told['tokens'][part]}"}
    return httpx2.post(told["base_url"] + "/time_entries", headers=headers, json={"time_entry": entry})


def test_the_demo_says_where_it_is_in_one_line(tmp_path):
    with demo(tmp_path) as process:
        told = json.loads(process.stdout.readline())
        assert set(told) == {"base_url", "web_url", "tokens", "account_id", "workspace_id", "story_id"}
        assert told["base_url"] == told["web_url"] + "/api/v1"
        assert set(told["tokens"]) == {"administrator", "lead", "consultant", "client", "outsider"}
        for part in told["tokens"]:
            assert _get(told, part, "/users/me").status_code == 200
        for part in ("administrator", "lead", "consultant"):
            answer = _post(told, part, story_id=told["story_id"])
            assert answer.status_code == 200
            assert answer.json()["time_entries"]
        assert _post(told, "client").status_code == 403
        assert _post(told, "outsider").json()["errors"][0]["field"] == "workspace_id"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_the_demo_keeps_every_row_and_its_tokens_also_after_a_kill(tmp_path):
    with demo(tmp_path) as process:
        first = json.loads(process.stdout.readline())
        made = _post(first, "consultant", notes="kept").json()["results"][0]["id"]
        count = _get(first, "administrator", "/time_entries").json()["count"]
        process.kill()
    started = time.monotonic()
    with demo(tmp_path) as process:
        again = json.loads(process.stdout.readline())
        assert _get(again, "consultant", f"/time_entries/{made}").json()["time_entries"][made]["notes"] == "kept"
        assert _get(again, "administrator", "/time_entries").json()["count"] == count
    assert time.monotonic() - started < 30
    assert {**again, "base_url": "", "web_url": ""} == {**first, "base_url": "", "web_url": ""}
    assert (tmp_path / "tokens.json").stat().st_mode & 0o077 == 0


def test_the_same_seed_gives_the_same_ids(tmp_path):
    told = []
    for name in ("a", "b"):
        with demo(tmp_path / name, "--seed", "7") as process:
            told.append(json.loads(process.stdout.readline()))
    assert told[0]["tokens"] != told[1]["tokens"]
    assert [each["story_id"] for each in told] == [told[0]["story_id"]] * 2


def test_a_revoked_demo_token_is_replaced_at_the_next_start(tmp_path):
    with demo(tmp_path) as process:
        first = json.loads(process.stdout.readline())
    database = f"sqlite:///{tmp_path}/timewright.db"
    listed = json.loads(run("token", "list", "--database", database, "--json").stdout)
    assert all("token_hash" not in row for row in listed)
    (kim,) = [row for row in listed if row["name"] == "demo consultant"]
    run("token", "revoke", str(kim["id"]), "--database", database)
    with demo(tmp_path) as process:
        again = json.loads(process.stdout.readline())
        assert _get(first | {"base_url": again["base_url"]}, "consultant", "/users/me").status_code == 401
        assert _get(again, "consultant", "/users/me").status_code == 200


def test_from_nothing_to_a_first_entry_by_commands(tmp_path):
    database = f"sqlite:///{tmp_path}/data/timewright.db"
    run("user", "create", "ada@example.com", "--name", "Ada Example", "--account", "House", "--database", database)
    run("user", "create", "kim@example.com", "--name", "Kim Example", "--database", database)
    token = run("token", "create", "KIM@example.com", "--database", database).stdout.strip()
    reading = json.loads(
        run("token", "create", "ada@example.com", "--read-only", "--json", "--database", database).stdout
    )
    with running("serve", "--port", "0", "--database", database) as process:
        address = process.stderr.readline().split()[-1]
        me = httpx2.get(f"{address}/users/me", headers={"Authorization": f"Bearer {token}"}).json()
        assert next(iter(me["users"].values()))["full_name"] == "Kim Example"
        refused = httpx2.post(
            f"{address}/time_entries", headers={"Authorization": f"Bearer {reading['token']}"}, json={"time_entry": {}}
        )
        assert refused.status_code == 403
        # Beside the running server.
        run("token", "revoke", str(reading["id"]), "--database", database)
        again = httpx2.get(f"{address}/users/me", headers={"Authorization": f"Bearer {reading['token']}"})
        assert again.status_code == 401


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("token", "create", "nobody@example.com"), 4, "Nobody has the e-mail address"),
        (("token", "revoke", "99"), 4, "no token 99"),
        (("user", "create", "x@example.com", "--name", "X"), 5, "Say which account"),
        (("user", "create", "x", "--name", "X", "--account", "A"), 5, "e-mail address"),
        (("user", "create", "x@example.com", "--name", "X", "--account", "A", "--permission", "king"), 5, "permission"),
        (("user", "create", "x@example.com", "--name", "X", "--account", "A", "--currency", "???"), 5, "currency"),
    ],
)
def test_a_command_that_cannot_be_done_says_why(tmp_path, arguments, code, said):
    done = run(*arguments, "--database", f"sqlite:///{tmp_path}/timewright.db", code=code)
    assert said in done.stderr
    assert done.stdout == ""


def test_what_is_no_http_is_refused_in_the_shape_of_the_wire(tmp_path):
    with demo(tmp_path) as process:
        told = json.loads(process.stdout.readline())
        for request in (
            b"junk\r\n\r\n",
            b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        ):
            with socket.create_connection(("127.0.0.1", int(told["web_url"].rpartition(":")[2])), timeout=5) as plain:
                plain.sendall(request)
                answer = b"".join(iter(lambda: plain.recv(65_536), b""))
            head, _, content = answer.partition(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 400 ")
            assert b"x-request-id: " in head
            assert json.loads(content)["errors"][0]["type"] == "system"


@pytest.mark.parametrize(
    "arguments", [("create", "a@example.com", "--days", "99999999"), ("revoke", "99999999999999999999")]
)
def test_numbers_out_of_range_are_wrong_usage(arguments):
    assert "Traceback" not in run("token", *arguments, code=2).stderr


def test_two_people_cannot_have_one_address(tmp_path):
    database = f"sqlite:///{tmp_path}/timewright.db"
    run("user", "create", "x@example.com", "--name", "X", "--account", "A", "--database", database)
    done = run("user", "create", "X@example.com", "--name", "Y", "--database", database, code=5)
    assert "already" in done.stderr


def test_a_port_that_is_taken_is_told(tmp_path):
    with demo(tmp_path / "a") as process:
        told = json.loads(process.stdout.readline())
        port = told["web_url"].rpartition(":")[2]
        done = run("demo", "--port", port, "--data", str(tmp_path / "b"), code=2)
    assert f"port {port}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_setting_of_the_wrong_form_is_named():
    done = run("token", "list", code=2, TIMEWRIGHT_PORT="many")
    assert "TIMEWRIGHT_PORT" in done.stderr
    done = run("token", "list", code=2, TIMEWRIGHT_TIME_ZONE="Mars/Olympus")
    assert "TIMEWRIGHT_TIME_ZONE" in done.stderr
    done = run("token", "list", code=2, TIMEWRIGHT_COLOUR="blue")
    assert "TIMEWRIGHT_COLOUR" in done.stderr


@pytest.mark.parametrize(
    "address",
    ["mysql://x/y", "postgresql://nobody@127.0.0.1:1/none", "nonsense", "sqlite:////proc/nowhere/x.db", "sqlite://"],
)
def test_a_database_that_cannot_be_had_is_told_in_a_sentence(address):
    done = run("serve", "--port", "0", "--database", address, code=2)
    assert "database" in done.stderr.lower()
    assert "Traceback" not in done.stderr


def test_a_newer_database_is_told_in_a_sentence(tmp_path):
    path = tmp_path / "timewright.db"
    run("token", "list", "--database", f"sqlite:///{path}")
    assert path.stat().st_mode & 0o077 == 0
    with sqlite3.connect(path) as beside:
        beside.execute("UPDATE alembic_version SET version_num = '9999'")
    done = run("serve", "--port", "0", "--database", f"sqlite:///{path}", code=2)
    assert "newer Timewright" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_version_is_told():
    assert run("--version").stdout.startswith("timewright 0.")


@pytest.mark.parametrize(
    "command",
    [
        ["serve"], ["demo"], ["token", "create"], ["token", "list"], ["token", "revoke"], ["user", "create"],
        ["backup", "create"], ["backup", "verify"], ["backup", "restore"], ["doctor"],
    ],
)  # fmt: skip
def test_every_command_shows_an_example(command):
    assert "Example:" in run(*command, "--help").stdout


def test_a_request_from_the_command_line(tmp_path):
    with demo(tmp_path / "data") as process:
        told = json.loads(process.stdout.readline())
        at = {"TIMEWRIGHT_URL": told["base_url"], "TIMEWRIGHT_TOKEN": told["tokens"]["consultant"]}
        members = (
            f"time_entry.workspace_id={told['workspace_id']}",
            "time_entry.date_performed=2013-05-01",
            "time_entry.time_in_minutes=45",
            "time_entry.notes=from here = there",
            "time_entry.external_reference.service_name=shell",
            "time_entry.external_reference.service_model=line",
            "time_entry.external_reference.service_model_ref=1",
        )
        made = json.loads(run("api", "post", "/time_entries", *(x for m in members for x in ("-m", m)), **at).stdout)
        ((id_, entry),) = made["time_entries"].items()
        assert (entry["time_in_minutes"], entry["notes"]) == (45, "from here = there")
        many = [{**json.loads(_entry(told)), "notes": f"{n}"} for n in range(3)]
        (tmp_path / "many.json").write_text(json.dumps({"time_entries": many}))
        run("api", "POST", "/time_entries", "--body", str(tmp_path / "many.json"), **at)

        lines = run(
            "api", "GET", "/time_entries?date_performed_between=2013-05-01:2013-05-01&per_page=2", "--all", **at
        )
        found = [json.loads(line) for line in lines.stdout.splitlines()]
        assert [each["notes"] for each in found] == ["from here = there", "0", "1", "2"]
        # What is not cut into pages is not told once for each page.
        page = "date_performed_between=2013-05-01:2013-05-01"
        for own, count in (("limit=2&offset=1", 2), (f"per_page=1&only={','.join(e['id'] for e in found)}", 4)):
            lines = run("api", "GET", f"/time_entries?{page}&{own}", "--all", **at).stdout.splitlines()
            assert len({json.loads(line)["id"] for line in lines}) == len(lines) == count
        beside = {**at, "TIMEWRIGHT_URL": told["web_url"]}
        no_list = run("api", "GET", "/openapi.json", "--all", code=5, **beside).stderr
        assert no_list == "The answer to a call of /openapi.json is not of the wire's shape.\n"
        no_json = run("api", "GET", "/docs", code=5, **beside).stderr
        assert no_json == "The answer to a call of /docs is no JSON.\n"

        assert run("api", "DELETE", f"/time_entries/{id_}", **at).stdout == ""
        assert "Not found" in run("api", "GET", f"/time_entries/{id_}", code=4, **at).stderr
        refused = run("api", "POST", "/time_entries", "-m", "time_entry.notes=x", code=5, **at)
        assert "Date performed must be given" in refused.stderr


def _entry(told):
    entry = {"workspace_id": told["workspace_id"], "date_performed": "2013-05-01", "time_in_minutes": 5}
    return json.dumps(entry)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("GET", "/users/me"), "Give a token"),
        (("POST", "/time_entries", "--token", "x", "-m", "notes"), "is no member"),
        (("POST", "/time_entries", "--token", "x", "-m", "a=1", "-m", "a.b=1"), "holds members too"),
        (("POST", "/time_entries", "--token", "x", "-m", "a=1", "--body", "-"), "either --member or --body"),
        (("POST", "/time_entries", "--token", "x", "--body", "/none"), "cannot be read"),
        (("POST", "/time_entries", "--token", "x", "--body", "/dev/null"), "no JSON"),
        (("POST", "/time_entries", "--token", "x", "--all"), "for lists"),
        (("POST", "/time_entries", "--token", "x", "-m", "a=\udcff"), "is not valid UTF-8"),
        (("GET", "/users/me\n", "--token", "x"), "printable"),
        (("GET", "/users/me", "--token", "tw_\u20ac"), "printable ASCII"),
        (("GET", "/users/me", "--token", "x", "--url", "localhost"), "must begin with http"),
        (("GET", "/users/me", "--token", "x", "--url", "http://[::1"), "address is none"),
    ],
)
def test_a_request_that_cannot_be_sent_says_why(arguments, message):
    told = run("api", *arguments, code=2, TIMEWRIGHT_TOKEN="").stderr
    assert message in told
    assert "Traceback" not in told


def test_a_body_that_is_no_text_is_no_json(tmp_path):
    (tmp_path / "body").write_bytes(b'{"a": "\xff"}')
    told = run("api", "POST", "/time_entries", "--token", "x", "--body", str(tmp_path / "body"), code=2).stderr
    assert told.startswith("The body is no JSON")


def test_where_and_as_whom_to_ask_is_no_setting_of_a_server():
    assert settings.load({"TIMEWRIGHT_URL": "http://x", "TIMEWRIGHT_TOKEN": "tw_x"})[0] == settings.load({})[0]

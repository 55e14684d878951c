"""`/openapi.json` and `/docs`: what is served, how long it may be kept, and that nothing of it comes from elsewhere.

Every answer that the API gives is held against the document here, on the cast's house and as every part.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from timewright.api import described
from timewright.presenting.operations import offered
from timewright.resources import REGISTRY

HERE = Path(described.__file__).parent / "reference"
LISTED = json.loads(described.VENDORED.read_text(encoding="utf-8"))


def read(house, path, **headers):
    return house.client.get(path, headers=headers)


# What is served -----------------------------------------------------------------------------------


def test_the_document_is_served_without_a_token_and_made_once(still_house):
    first, second = read(still_house, "/openapi.json"), read(still_house, "/openapi.json")
    assert first.status_code == 200
    assert first.headers["content-type"] == "application/json"
    assert first.json()["servers"] == [{"url": "/api/v1"}]
    assert first.content == second.content
    assert first.headers["etag"] == second.headers["etag"]


@pytest.mark.parametrize("path", ["/openapi.json", "/docs", "/docs/start.js", "/docs/swagger-ui-bundle.js"])
def test_who_has_it_already_is_told_so(still_house, path):
    whole = read(still_house, path)
    assert whole.headers.get_list("cache-control") == ["public, no-cache"]
    for known in (whole.headers["etag"], f'"x", {whole.headers["etag"].removeprefix("W/")}', "*"):
        again = read(still_house, path, **{"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == whole.headers["etag"]
    assert read(still_house, path, **{"If-None-Match": '"another"'}).status_code == 200


def test_a_tag_over_other_bytes_is_weak(still_house):
    """In gzip and as it is, the content is the same and the bytes are not (RFC 9110, 8.8.3)."""
    tags = {read(still_house, "/docs/start.js", **{"Accept-Encoding": each}).headers["etag"] for each in ("gzip", "x")}
    (tag,) = tags
    assert re.fullmatch(r'W/"[0-9a-f]{32}"', tag)


def test_an_answer_of_the_api_is_kept_by_nobody(still_house):
    assert still_house.get("kim", "/time_entries").headers.get_list("cache-control") == ["no-store"]


def test_the_page_loads_its_own_files_alone_and_no_script_stands_in_it(still_house):
    page = read(still_house, "/docs")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert loaded
    for address in loaded:
        assert read(still_house, address).status_code == 200, address
    assert re.findall(r"<script(?![^>]*src=)|<style|\son\w+=|javascript:", page.text) == []
    policy = dict(each.strip().partition(" ")[::2] for each in page.headers["content-security-policy"].split(";"))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"


@pytest.mark.parametrize("path", ["/docs/vendored.json", "/docs/LICENSE", "/docs/..%2fvendored.json", "/docs/x/y"])
def test_nothing_else_is_served_beside_the_page(still_house, path):
    assert read(still_house, path).status_code == 404


@pytest.mark.parametrize("path", ["/openapi.json", "/docs"])
def test_a_method_that_is_not_offered_is_not_found(still_house, path):
    assert still_house.client.post(path).status_code == 404


# What is not ours ---------------------------------------------------------------------------------


@pytest.mark.parametrize("folder", LISTED)
def test_every_vendored_file_is_listed_and_is_what_the_list_says(folder):
    there = {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in (HERE / folder).iterdir()}
    assert there == LISTED[folder]["files"]
    assert {"LICENSE", "NOTICE"} <= set(there)
    assert LISTED[folder]["licence"] == "Apache-2.0"
    assert re.fullmatch(r"\d+\.\d+\.\d+", LISTED[folder]["version"])


def test_whatever_lies_beside_the_page_is_ours_or_listed():
    assert {each.name for each in HERE.iterdir()} == {"index.html", "start.js", "vendored.json", *LISTED}


# Every answer keeps to the document -----------------------------------------------------------------


@pytest.fixture(scope="module")
def document(still_house) -> dict[str, Any]:
    return closed(read(still_house, "/openapi.json").json())


def closed(schema: Any) -> Any:
    """The document, with no member let through that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: closed(each) for name, each in schema.items()}
    if schema.get("type") == "object" and "properties" in schema:
        inner.setdefault("additionalProperties", False)
    return inner


class Told:
    """An answer that is not fresh from the server."""

    headers: Mapping[str, str] = {"X-Request-Id": "1", "content-type": "application/json"}

    def __init__(self, status_code: int, body: Any) -> None:
        self.status_code, self.content, self._body = status_code, b"" if body is None else b"{}", body

    def json(self) -> Any:
        return self._body


def wrong(document: Mapping[str, Any], path: str, method: str, answer: Any) -> list[str]:
    """What is wrong with an answer, in the words of the document."""
    said = document["paths"][path][method].get("responses", {}).get(str(answer.status_code))
    if said is None:
        return [f"{answer.status_code} is not documented"]
    if "$ref" in said:
        said = document["components"]["responses"][said["$ref"].rpartition("/")[2]]
    missing = [f"no {name}" for name in ("X-Request-Id",) if name in said["headers"] and name not in answer.headers]
    if "content" not in said:
        return [*missing, *(["a body"] if answer.content else [])]
    schema = said["content"][answer.headers["content-type"].partition(";")[0]]["schema"]
    checked = OAS31Validator(
        {**schema, "components": document["components"]}, format_checker=OAS31Validator.FORMAT_CHECKER
    )
    return missing + [
        f"{list(each.absolute_path)}: {each.message[:200]}" for each in checked.iter_errors(answer.json())
    ]


def reads() -> Iterator[tuple[str, str]]:
    """Every operation that reads, as it stands in the document."""
    for resource in REGISTRY:
        yield from ((resource.name, each.name) for each in offered(resource) if "GET" in each.methods)


REQUIRED = {
    ("participations", "workspace_id"): "1",
    ("external_references", "subject_type"): "TimeEntry",
    ("custom_field_values", "subject_type"): "story",
}
"""What a list asks for."""


@pytest.mark.parametrize("part", ["ada", "lee", "kim", "cleo", "vera", "nora", "otto", None])
@pytest.mark.parametrize(("name", "kind"), list(reads()))
def test_whatever_is_read_is_answered_as_documented(still_house, document, name, kind, part):
    resource = REGISTRY[name]
    (operation,) = [each for each in offered(resource) if each.name == kind]
    asked = {each.name: REQUIRED[name, each.name] for each in resource.filters if each.required}
    everything = {
        **asked,
        "include": ",".join(each.name for each in resource.includes),
        "optional_fields": ",".join(each.name for each in resource.fields if each.optional),
    }
    path = operation.path_of(resource)
    ids = range(1, 12) if operation.names_one else [0]
    statuses = set()
    for id_ in ids:
        for query in (asked, everything, {**everything, "apply_default_filters": "false", "per_page": "200"}):
            answer = still_house.get(part, path.replace("{id}", str(id_)), **query)
            statuses.add(answer.status_code)
            assert wrong(document, path, "get", answer) == [], (id_, query)
    # Some questions about an object that is seen are not answered to everyone.
    assert statuses <= ({401} if part is None else {200, 403, 404})
    assert part != "ada" or 200 in statuses


def offered_anywhere() -> Iterator[tuple[str, str, str, str]]:
    for resource in REGISTRY:
        for each in offered(resource):
            yield from ((resource.name, each.name, each.path_of(resource), method.lower()) for method in each.methods)


@pytest.mark.parametrize(("name", "kind", "path", "method"), list(offered_anywhere()))
def test_every_example_is_answered_as_documented(document, name, kind, path, method):
    shown = described.examples()[name][kind]["answer"]
    answer = Told(shown["status"], shown.get("body"))
    assert wrong(document, path, method, answer) == []


WRITTEN = {
    200: {},
    400: None,
    401: {},
    403: {},
    422: {"time_in_minutes": 0, "date_performed": "x", "external_reference": {"service_name": 1}},
}


@pytest.mark.parametrize("is_batch", [False, True])
@pytest.mark.parametrize("status", WRITTEN)
def test_whatever_is_created_or_refused_is_answered_as_documented(house, document, status, is_batch):
    main = house.world.workspaces["main"]["id"]
    entry = {"workspace_id": main, "date_performed": "2026-02-02", "time_in_minutes": 30, "cost_rate_in_cents": 5}
    members = WRITTEN[status]
    body: Any = {}
    if members is not None:
        one = {**entry, **members}
        body = {"time_entries": [one, one]} if is_batch else {"time_entry": one}
    part = {401: None, 403: "cleo"}.get(status, "kim")
    include = ",".join(each.name for each in REGISTRY["time_entries"].includes)
    answer = house.post(part, f"/time_entries?include={include}", body)
    assert answer.status_code == status
    assert wrong(document, "/time_entries", "post", answer) == []


def test_an_answer_that_says_more_than_is_documented_is_found(still_house, document):
    answer = still_house.get("kim", "/time_entries")
    told = answer.json()
    told["surplus"] = 1
    next(iter(told["time_entries"].values()))["is_taxable"] = True

    assert len(wrong(document, "/time_entries", "get", Told(200, told))) == 2


def test_every_filter_that_a_show_reads_is_described(still_house, document):
    for name, resource in ((each.name, each) for each in REGISTRY if "show" in each.endpoints):
        said = {each["name"] for each in document["paths"][f"/{name}/{{id}}"]["get"]["parameters"]}
        read_there = [
            each.name
            for each in resource.filters
            if still_house.get("ada", f"/{name}/1", **{each.name: "{"}).status_code == 400
        ]
        assert bool(read_there) is bool(resource.filters)
        assert set(read_there) <= said


@pytest.mark.parametrize("kind", ["validate", "update", "delete", "bulk_delete"])
def test_what_takes_no_key_is_not_said_to_be_refused_for_one(document, kind):
    (operation,) = [each for each in offered(REGISTRY["time_entries"]) if each.name == kind]
    said = document["paths"][operation.path_of(REGISTRY["time_entries"])][operation.methods[0].lower()]
    assert "409" not in said["responses"]
    assert "KeyReused" not in said["responses"]["422"]["$ref"]
    assert "Idempotency-Key" not in {each["name"] for each in said["parameters"]}


def test_the_document_holds_every_route_of_the_api_and_no_other(still_house, document):
    served = {}
    for route in still_house.client.app.routes:
        if route.path.startswith("/api/v1/"):
            path = route.path.removeprefix("/api/v1")
            served[path] = {method.lower() for method in route.app.methods}
    assert {path: set(methods) for path, methods in document["paths"].items()} == served

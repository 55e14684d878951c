"""The OpenAPI document: valid, whole, and made of nothing but what is declared."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from timewright import errors
from timewright.api.app import BASE
from timewright.api.described import examples
from timewright.presenting import custom_kinds, kinds, openapi, operations, parameters, schemas
from timewright.resources import REGISTRY

DOCUMENT = openapi.document(REGISTRY, BASE, "0", examples())

# A request that nobody can answer any more is a bug, and a bug is never meant as an answer (decisions A).
NEVER_MEANT = {errors.Refusal}


def described() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


OPERATIONS = dict(described())
every_operation = pytest.mark.parametrize("name", OPERATIONS)


def responses(operation: dict[str, Any]) -> dict[str, Any]:
    """What an operation answers, by status, with what it refers to put in."""
    named = DOCUMENT["components"]["responses"]
    return {
        status: named[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
        for status, each in operation["responses"].items()
    }


def within(schema: dict[str, Any]) -> OAS31Validator:
    return OAS31Validator({**schema, "components": DOCUMENT["components"]})


def test_the_document_is_valid_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.1"
    assert [str(each) for each in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_every_kind_of_endpoint_that_a_resource_offers_is_described() -> None:
    known = {each.name for each in operations.OPERATIONS}
    assert {name for resource in REGISTRY for name in resource.endpoints} - known == set()


def test_every_offered_endpoint_is_there() -> None:
    offered = {
        f"{method} {each.path_of(resource)}"
        for resource in REGISTRY
        for each in (*operations.offered(resource), *operations.below(resource))
        for method in each.methods
    }
    assert offered == set(OPERATIONS)
    assert len({each["operationId"] for each in OPERATIONS.values()}) == len(OPERATIONS)


@every_operation
def test_every_operation_needs_a_token_and_says_what_it_does(name: str) -> None:
    operation = OPERATIONS[name]
    assert operation["security"] == [{"token": []}]
    assert operation["summary"].endswith(".")
    assert all(each["description"].endswith(".") for each in operation["parameters"])


def test_every_refusal_is_an_answer_of_some_operation() -> None:
    waiting, refusals = [errors.Refusal], set()
    while waiting:
        refusals.add(each := waiting.pop())
        waiting += each.__subclasses__()
    described = {refusal for each in operations.OPERATIONS for refusal in each.refusals}
    assert refusals - described == NEVER_MEANT


@every_operation
def test_every_operation_lists_the_statuses_and_types_of_its_refusals(name: str) -> None:
    method, path = name.split(" ")
    (kind,) = {
        each.name: each
        for resource in REGISTRY
        for each in (*operations.offered(resource), *operations.below(resource))
        if method in each.methods and each.path_of(resource) == path
    }.values()
    expected: dict[str, set[str]] = {}
    for refusal in kind.refusals:
        expected.setdefault(str(refusal.status), set()).add(refusal.wire_type)
    said = {
        status: set(
            answer["content"]["application/json"]["schema"]["properties"]["errors"]["items"]["allOf"][1]["properties"][
                "type"
            ]["enum"]
        )
        for status, answer in responses(OPERATIONS[name]).items()
        if int(status) >= 400
    }
    assert said == expected


@every_operation
def test_every_example_of_a_refusal_has_its_shape(name: str) -> None:
    refused = [each for status, each in responses(OPERATIONS[name]).items() if int(status) >= 400]
    for answer in refused:
        content = answer["content"]["application/json"]
        for example in content["examples"].values():
            assert list(within(content["schema"]).iter_errors(example["value"])) == []


@every_operation
def test_every_operation_has_an_example_that_keeps_to_its_schemas(name: str) -> None:
    operation = OPERATIONS[name]
    for each in operation["parameters"]:
        if "example" in each:
            assert list(within(each["schema"]).iter_errors(each["example"])) == []
    if "requestBody" in operation:
        read = operation["requestBody"]["content"]["application/json"]
        assert list(within(read["schema"]).iter_errors(read["example"])) == []
    success = next(answer for status, answer in responses(operation).items() if int(status) < 300)
    if "content" in success:
        shown = success["content"]["application/json"]
        assert list(within(shown["schema"]).iter_errors(shown["example"])) == []


@pytest.mark.parametrize("resource", list(REGISTRY), ids=lambda each: each.name)
def test_every_declared_sentence_is_in_the_document(resource: Any) -> None:
    shown = DOCUMENT["components"]["schemas"][resource.type]
    assert shown["description"] == resource.sentence
    for each in resource.fields:
        assert shown["properties"][each.name]["description"].startswith(each.sentence)
    if "index" in resource.endpoints:
        said = {each["name"]: each["description"] for each in OPERATIONS[f"GET /{resource.name}"]["parameters"]}
        assert {each.name: each.sentence for each in resource.filters}.items() <= said.items()
        assert parameters.NAMES - {"include", "optional_fields", "order"} <= set(said)
    if resource.params:
        sent = DOCUMENT["components"]["schemas"][f"{resource.type}Create"]["properties"]
        assert {each.name: each.sentence for each in resource.params} == {
            name: schema["description"] for name, schema in sent.items()
        }


def _every_kind() -> set[type[kinds.Kind]]:
    named = [*vars(kinds).values(), *vars(custom_kinds).values()]
    return {each for each in named if isinstance(each, type) and issubclass(each, kinds.Kind)}


def test_every_kind_that_is_declared_has_a_schema() -> None:
    for resource in REGISTRY:
        for field in resource.fields:
            assert schemas.shown(field.kind)
        for each in (*resource.filters, *resource.params):
            assert schemas.sent(each.kind)
    assert _every_kind() - {kinds.Kind} == set(schemas._SHOWN) | set(schemas._SENT)

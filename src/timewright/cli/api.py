"""`timewright api`: one request to a server, this one or another that speaks the API."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import parse_qsl, urlsplit

import msgspec
import typer

from timewright.cli.ground import NOT_FOUND, REFUSED, WRONG_USAGE, stop


def api(
    method: Annotated[str, typer.Argument(help="GET, POST, PUT, PATCH or DELETE.")],
    path: Annotated[str, typer.Argument(help="Below the address, with its query: /time_entries?include=story")],
    member: Annotated[
        list[str] | None,
        typer.Option("--member", "-m", help="A member to send: time_entry.notes=Read. JSON when it is any, else text."),
    ] = None,
    body: Annotated[str | None, typer.Option("--body", help="A file of JSON to send; - for standard input.")] = None,
    every_page: Annotated[bool, typer.Option("--all", help="All of a list, one object on a line.")] = False,
    url: Annotated[
        str, typer.Option("--url", envvar="TIMEWRIGHT_URL", help="Where the API is.")
    ] = "http://127.0.0.1:8000/api/v1",
    token: Annotated[
        str | None, typer.Option("--token", envvar="TIMEWRIGHT_TOKEN", help="A bearer token.", show_default=False)
    ] = None,
) -> None:
    """Ask a server, and print what it answers as JSON.

    A refusal is told on standard error: exit code 4 when there is no such thing, else 5. A POST carries an
    idempotency key: what has to be sent again is stored once.
    """
    try:
        from timewright.client import NotFound, Timewright, TimewrightError
    except ImportError as error:
        stop(1, str(error))
    if not token:
        _misused("Give a token with --token, or set TIMEWRIGHT_TOKEN.")
    sent = _sent(member or [], body)
    with Timewright(url, token) as client:
        try:
            if every_page:
                _print_all(client, method, path)
            else:
                answer = client.document(method.upper(), path, json=sent)
                if answer is not None:
                    print(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())
        except NotFound as error:
            stop(NOT_FOUND, str(error))
        except TimewrightError as error:
            stop(REFUSED, str(error))


def _misused(message: str) -> NoReturn:
    stop(WRONG_USAGE, message)


def _sent(members: list[str], body: str | None) -> Any:
    if members and body:
        _misused("Give either --member or --body.")
    if body is not None:
        try:
            content = sys.stdin.buffer.read() if body == "-" else Path(body).read_bytes()
            return msgspec.json.decode(content)
        except OSError as error:
            _misused(f"The body cannot be read: {error}.")
        except msgspec.DecodeError as error:
            _misused(f"The body is no JSON: {error}.")
    sent: dict[str, Any] = {}
    for each in members:
        name, is_given, value = each.partition("=")
        *outer, last = name.split(".")
        if not is_given or not all([*outer, last]):
            _misused(f"{each!r} is no member: write it as time_entry.notes=Read.")
        within = sent
        for step in outer:
            within = within.setdefault(step, {})
            if not isinstance(within, dict):
                _misused(f"{step!r} is a value and holds members too.")
        within[last] = _value(value)
    return sent or None


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _print_all(client: Any, method: str, path: str) -> None:
    if method.upper() != "GET":
        _misused("--all is for lists: use it with GET.")
    address = urlsplit(path)
    asked: dict[str, Any] = dict(parse_qsl(address.query, keep_blank_values=True))
    asked.pop("page", None)
    if not asked.get("per_page", "").isdecimal():
        asked.pop("per_page", None)
    else:
        asked["per_page"] = int(asked["per_page"])
    for each in client.listing(address.path, asked):
        print(msgspec.json.encode(each).decode())

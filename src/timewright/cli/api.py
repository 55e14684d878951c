"""`timewright api`: one request to a server, this one or another that speaks the API."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, NoReturn
from urllib.parse import parse_qsl, urlencode, urlsplit

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
    if not path.isprintable():
        _misused("A path holds printable characters only.")
    sent = _sent(member or [], body)
    try:
        opened = Timewright(url, token)
    except ValueError as error:
        _misused(str(error))
    with opened as client:
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
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
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
    except UnicodeEncodeError:
        _misused("A member is not valid UTF-8.")


def _print_all(client: Any, method: str, path: str) -> None:
    from timewright.client.calls import MOST_PER_PAGE, beginning, following, plain_page, unseen

    if method.upper() != "GET":
        _misused("--all is for lists: use it with GET.")
    address = urlsplit(path)
    query = dict(parse_qsl(address.query, keep_blank_values=True))
    size = query.get("per_page", "")
    per_page = int(size) if size.isascii() and size.isdigit() and 0 < len(size) < 5 else MOST_PER_PAGE
    asked: Mapping[str, Any] | None = beginning({**query, "page": 1, "per_page": per_page})
    seen: set[Any] = set()
    while asked is not None:
        answer = client.document("GET", f"{address.path}?{urlencode(asked)}")
        # As they came: with what stands beside them put onto them, two objects may hold one another.
        read = plain_page(address.path, answer, {})
        for each in unseen(read, seen):
            print(msgspec.json.encode(each).decode())
        asked = following(asked, read)

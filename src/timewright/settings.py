"""Every setting: its kind, its default, what it does. From the environment (`TIMEWRIGHT_…`) or a TOML file.

The environment wins over the file that `TIMEWRIGHT_CONFIG` names, which wins over the defaults. A value of the
wrong form or an unknown name stops the start with a sentence that names the setting.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import msgspec

PREFIX = "TIMEWRIGHT_"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The choices of whoever runs the server."""

    database_url: Annotated[
        str, msgspec.Meta(description="Where the data is: sqlite:///path or postgresql://user@host/name.")
    ] = "sqlite:///timewright.sqlite"
    host: Annotated[str, msgspec.Meta(description="The address to listen on.")] = "127.0.0.1"
    port: Annotated[int, msgspec.Meta(ge=0, le=65535, description="The port to listen on; 0 picks a free one.")] = 8000
    time_zone: Annotated[
        str, msgspec.Meta(description="The zone in which instants are shown, an IANA name like Europe/Berlin.")
    ] = "UTC"
    accept_us_dates: Annotated[
        bool, msgspec.Meta(description="Whether MM/DD/YYYY is read as a date. Ambiguous, hence off.")
    ] = False
    most_body_bytes: Annotated[
        int, msgspec.Meta(ge=1024, description="The longest request body that is read, in bytes.")
    ] = 8 * 1024 * 1024
    most_address_bytes: Annotated[
        int, msgspec.Meta(ge=1024, description="The longest path and query that is read, in bytes.")
    ] = 32 * 1024
    most_header_bytes: Annotated[
        int, msgspec.Meta(ge=1024, le=1024 * 1024, description="The longest headers that are read, together, in bytes.")
    ] = 32 * 1024
    most_headers: Annotated[
        int, msgspec.Meta(ge=10, le=10_000, description="The most headers that are read in one request.")
    ] = 100
    header_seconds: Annotated[
        float,
        msgspec.Meta(gt=0, le=3600, description="How long a client may take to send the headers, in seconds."),
    ] = 10.0
    body_seconds: Annotated[
        float,
        msgspec.Meta(
            gt=0,
            le=3600,
            description="How long a client may take to send the body, in seconds. "
            "For longer bodies, or slower lines, raise it.",
        ),
    ] = 15.0
    body_grace_seconds: Annotated[
        float,
        msgspec.Meta(gt=0, le=3600, description="After how many seconds the pace of a body is looked at."),
    ] = 5.0
    body_bytes_per_second: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=1024 * 1024,
            description="The slowest pace of a body after that time, and of a client that takes an answer.",
        ),
    ] = 1024
    idle_seconds: Annotated[
        float,
        msgspec.Meta(gt=0, le=3600, description="How long a connection is kept between requests, in seconds."),
    ] = 65.0
    write_seconds: Annotated[
        float,
        msgspec.Meta(
            gt=0,
            le=3600,
            description="How long an answer may wait for a client that takes too little of it, in seconds.",
        ),
    ] = 30.0
    most_connections: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=1_000_000,
            description="The most connections at a time; fewer where the process may not have so many files open.",
        ),
    ] = 12_000
    most_connections_per_address: Annotated[
        int,
        msgspec.Meta(
            ge=1,
            le=1_000_000,
            description="The most connections of one address at a time. "
            "Behind a proxy that does not pool them, raise it to `most_connections`.",
        ),
    ] = 1_000
    disk_reserve_bytes: Annotated[
        int,
        msgspec.Meta(
            ge=0, description="How much room the disk of an embedded database keeps; below it nothing is stored."
        ),
    ] = 64 * 1024 * 1024
    allow_network_disk: Annotated[
        bool,
        msgspec.Meta(description="Whether to serve an embedded database that lies on a network file system."),
    ] = False
    backup_folder: Annotated[
        str, msgspec.Meta(description="Where `timewright backup create` writes, and `timewright doctor` looks.")
    ] = ""
    list_seconds: Annotated[
        float, msgspec.Meta(gt=0, description="How long a list may take before it is answered with 503, in seconds.")
    ] = 30.0
    log_format: Annotated[
        str, msgspec.Meta(pattern="^(json|text)$", description="How logs are written: json or text.")
    ] = "json"


NO_SETTINGS = frozenset({f"{PREFIX}CONFIG", f"{PREFIX}URL", f"{PREFIX}TOKEN"})
"""Variables that say something else: where the file of settings is, and what `timewright api` asks, as whom."""


class Misconfigured(ValueError):
    """A setting that the server cannot start with. The text names it and says what to do."""


def load(environment: Mapping[str, str] | None = None, **given: Any) -> tuple[Settings, dict[str, str]]:
    """The settings, and where each value came from: `default`, the file's path, the variable, or `option`."""
    environment = os.environ if environment is None else environment
    values: dict[str, Any] = {}
    origins = dict.fromkeys(Settings.__struct_fields__, "default")
    path = environment.get(f"{PREFIX}CONFIG")
    if path:
        for name, value in _file(path).items():
            values[name], origins[name] = value, path
    for variable in sorted(environment):
        if variable.startswith(PREFIX) and variable not in NO_SETTINGS:
            name = variable.removeprefix(PREFIX).lower()
            if name not in origins:
                raise Misconfigured(f"{variable} is no setting. The settings are listed in docs/settings.md.")
            values[name], origins[name] = environment[variable], variable
    for name, value in given.items():
        if value is not None:
            values[name], origins[name] = value, "option"
    try:
        settings = msgspec.convert(values, Settings, strict=False)
    except msgspec.ValidationError as error:
        told = re.sub(r"`\$\.(\w+)`", lambda found: PREFIX + found[1].upper(), str(error))
        raise Misconfigured(f"A setting cannot be used: {told}.") from None
    try:
        ZoneInfo(settings.time_zone)
    except (KeyError, ValueError, OSError):
        raise Misconfigured(f"{PREFIX}TIME_ZONE must be the name of a zone like Europe/Berlin.") from None
    return settings, origins


def _file(path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Misconfigured(f"The settings file {path} cannot be read: {error}") from None

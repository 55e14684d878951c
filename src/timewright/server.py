"""Run the application: one process, one socket, told when it is ready, drained on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import json
import logging
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp

from timewright import migrations
from timewright.database import CannotOpen, Database, file_of, is_locked
from timewright.protocol import TURNED_AWAY_AT_ONCE, Connections, Protocol
from timewright.settings import Misconfigured, Settings

DRAIN_SECONDS = 10
"""How long requests under way may take once the server was told to stop."""

BACKLOG = 4_096
"""How many connections wait to be taken; the system may allow fewer."""

COLLECTED_AT = 20_000
"""How many objects more make the collector look for those that only hold each other."""

SPARE_DESCRIPTORS = 128
"""What the process has open beside connections, at most: the database, its readers, the socket that listens."""

MAPPED_FROM, HEAPS, KEPT_AT_TOP = 256 * 1024, 2, 1024 * 1024
"""How the C library gives memory out and back: blocks from so many bytes on apart from its heaps, so many heaps for
all threads, so many free bytes kept at the end of one.
"""

log = structlog.get_logger(__name__)


def open_database(settings: Settings, *, serving: bool = False) -> Database:
    """Open the database of the settings and bring it to this program's schema; for a server, alone."""
    try:
        database = Database(settings.database_url)
        if serving:
            database.serve_alone(on_any_disk=settings.allow_network_disk)
        database.try_out()
        if not serving:
            _refuse_to_upgrade_under_a_server(database)
        migrations.upgrade(database)
    except (CannotOpen, migrations.NewerSchema) as reason:
        raise Misconfigured(str(reason)) from None
    return database


def _refuse_to_upgrade_under_a_server(database: Database) -> None:
    path = file_of(database.url)
    if path is not None and is_locked(path) and migrations.is_behind(database):
        raise CannotOpen(
            "An older Timewright serves this database, and could damage what it does not know. Start the server with "
            "this version first: it brings the database up to date."
        )


def run(app: ASGIApp, settings: Settings, ready: Callable[[str], None], connection: type[Protocol] = Protocol) -> None:
    """Serve until told to stop. `ready` is called once with the address, when requests are answered."""
    bound_heaps()
    # uvicorn gives a signal that it drained on back to whoever was there before: nothing is left to do.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: None)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, settings, ready, connection))


async def _serve(app: ASGIApp, settings: Settings, ready: Callable[[str], None], connection: type[Protocol]) -> None:
    listening = _socket(settings.host, settings.port)
    connections = Connections(settings, _most_connections(settings.most_connections))
    config = uvicorn.Config(
        app,
        http=cast("Any", partial(connection, connections)),
        ws="none",
        backlog=BACKLOG,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # Nothing asks who the client is; whoever asks one day must say which proxy is to be believed.
        proxy_headers=False,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    watching = asyncio.create_task(connections.watch(server.server_state.connections))
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    # uvicorn tells nobody that it has started: look.
    while not server.started and not serving.done():  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    if server.started:
        # What was made for the start stays: the collector need not look through it again and again, nor come
        # by each time when some hundred objects more are there, as few requests leave behind.
        gc.collect()
        gc.freeze()
        gc.set_threshold(COLLECTED_AT, 20, 50)
        ready(_address(settings.host, listening.getsockname()[1]))
    await serving
    watching.cancel()


def bound_heaps() -> bool:
    """Have the C library give large blocks back to the system as soon as they are free; whether it can be told so.

    Left alone, glibc learns from one large request to keep the next in a heap, has a heap for nearly every thread,
    and the holes that requests of all sizes leave there add up: a third of a server's memory after half a million.
    """
    try:
        tell = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):
        return False
    # Of <malloc.h>: M_MMAP_THRESHOLD, M_ARENA_MAX, M_TRIM_THRESHOLD.
    return all(tell(name, value) for name, value in ((-3, MAPPED_FROM), (-8, HEAPS), (-1, KEPT_AT_TOP)))


def _most_connections(wanted: int) -> int:
    """How many connections there may be: as many as wanted, or as the process may have open.

    The limit on open descriptors is raised as far as it goes first.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Some systems set no limit and yet refuse to be asked for none.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if allowed == resource.RLIM_INFINITY or wanted <= allowed - SPARE_DESCRIPTORS - TURNED_AWAY_AT_ONCE:
        return wanted
    most = max(1, allowed - SPARE_DESCRIPTORS - TURNED_AWAY_AT_ONCE)
    log.warning("fewer_connections_than_set", wanted=wanted, most=most, open_files=allowed)
    return most


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise Misconfigured(
            f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with --port, or 0 for a free one."
        ) from None


def _address(host: str, port: int) -> str:
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"


_encoded = json.JSONEncoder(default=repr).encode


def _line(event: Mapping[str, Any], **_: object) -> str:
    # In ASCII: nothing that was sent can end the line or move the cursor of who reads it.
    return _encoded(event)


class _Lines:
    """Standard error, where a line that cannot be written is lost and nothing else: a log on a full disk must
    not fail the request, or end the thread, that has something to say.

    What one turn of the event loop has to say is written at once when the turn ends.
    """

    def __init__(self) -> None:
        self._waiting: list[str] = []
        self._taking = threading.Lock()

    def write(self, text: str) -> None:
        """Take a line."""
        with self._taking:
            self._waiting.append(text)

    def flush(self) -> None:
        """Write the lines, now or at the end of this turn."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._write()
            return
        if len(self._waiting) == 1:
            loop.call_soon(self._write)

    def _write(self) -> None:
        with self._taking:
            waiting, self._waiting = self._waiting, []
        with contextlib.suppress(OSError):
            sys.stderr.write("".join(waiting))
            sys.stderr.flush()


def write_logs(log_format: str) -> None:
    """Send logs to standard error, one line each: JSON for machines, or text."""
    lines = _Lines()
    text = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    stamped: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.processors.JSONRenderer(serializer=_line) if log_format == "json" else text
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *stamped, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(lines),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    # What libraries have to say stands in the same form.
    theirs = logging.StreamHandler(lines)
    only_ours = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    theirs.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=stamped, processors=[only_ours, renderer])
    )
    logging.basicConfig(level=logging.WARNING, handlers=[theirs])

"""Run the application: one process, one socket, told when it is ready, drained on SIGTERM."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import signal
import socket
import sys
import uuid
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from timewright import migrations
from timewright.database import CannotOpen, Database
from timewright.errors import Unreadable
from timewright.settings import Misconfigured, Settings

DRAIN_SECONDS = 10
"""How long requests under way may take once the server was told to stop."""

IDLE_SECONDS = 65


class Protocol(HttpToolsProtocol):
    """HTTP as httptools reads it; what is no request at all is refused in the wire's shape as well."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read as HTTP, and close."""
        content = msgspec.json.encode({"errors": Unreadable(msg).errors()})
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\n"
            f"content-length: {len(content)}\r\nx-request-id: {uuid.uuid4().hex}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + content)
        self.transport.close()


def open_database(settings: Settings, *, serving: bool = False) -> Database:
    """Open the database of the settings and bring it to this program's schema; for a server, alone."""
    try:
        database = Database(settings.database_url)
        if serving:
            database.serve_alone(on_any_disk=settings.allow_network_disk)
        database.try_out()
        migrations.upgrade(database)
    except (CannotOpen, migrations.NewerSchema) as reason:
        raise Misconfigured(str(reason)) from None
    return database


def run(app: ASGIApp, settings: Settings, ready: Callable[[str], None]) -> None:
    """Serve until told to stop. `ready` is called once with the address, when requests are answered."""
    # uvicorn gives a signal that it drained on back to whoever was there before: nothing is left to do.
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, lambda *_: None)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(app, settings, ready))


async def _serve(app: ASGIApp, settings: Settings, ready: Callable[[str], None]) -> None:
    listening = _socket(settings.host, settings.port)
    config = uvicorn.Config(
        app,
        http=Protocol,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        # Nothing asks who the client is; whoever asks one day must say which proxy is to be believed.
        proxy_headers=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=DRAIN_SECONDS,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    # uvicorn tells nobody that it has started: look.
    while not server.started and not serving.done():  # noqa: ASYNC110
        await asyncio.sleep(0.002)
    if server.started:
        ready(_address(settings.host, listening.getsockname()[1]))
    await serving


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
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
    """

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.write(text)

    def flush(self) -> None:
        with contextlib.suppress(OSError):
            sys.stderr.flush()


def write_logs(log_format: str) -> None:
    """Send logs to standard error, one line each: JSON for machines, or text."""
    text = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_line) if log_format == "json" else text,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.WriteLoggerFactory(_Lines()),  # type: ignore[arg-type]
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)

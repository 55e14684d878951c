"""Run the application: one process, one socket, told when it is ready, drained on SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import sys
import uuid
from collections.abc import Callable

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

log = structlog.get_logger(__name__)


class Protocol(HttpToolsProtocol):
    """HTTP as httptools reads it; what is no request at all is refused in the wire's shape as well."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read as HTTP, and close."""
        content, request_id = msgspec.json.encode({"errors": Unreadable(msg).errors()}), uuid.uuid4().hex
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json; charset=utf-8\r\n"
            f"content-length: {len(content)}\r\nx-request-id: {request_id}\r\nconnection: close\r\n\r\n"
        )
        log.info("refused", status=400, request_id=request_id)
        self.transport.write(head.encode() + content)
        self.transport.close()


def open_database(settings: Settings, *, serving: bool = False) -> Database:
    """Open the database of the settings and bring it to this program's schema; for a server, alone."""
    try:
        database = Database(settings.database_url)
        if serving:
            database.serve_alone()
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


def write_logs(log_format: str) -> None:
    """Send logs to standard error, one line each: JSON for machines, or text."""
    text = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    stamped: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer = structlog.processors.JSONRenderer() if log_format == "json" else text
    structlog.configure(
        processors=[structlog.contextvars.merge_contextvars, *stamped, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    # What libraries have to say stands in the same form.
    theirs = logging.StreamHandler(sys.stderr)
    only_ours = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    theirs.setFormatter(
        structlog.stdlib.ProcessorFormatter(foreign_pre_chain=stamped, processors=[only_ours, renderer])
    )
    logging.basicConfig(level=logging.WARNING, handlers=[theirs])

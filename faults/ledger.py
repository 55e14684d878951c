"""The ledger: clients in a process of their own that log time without end and write down what they were told.

`sent KEY` is written before a request goes out, `kept KEY ID…` only after a whole 200. A client that meets an
outage sends the same request under the same key again, for ever. The ledger outlives every death of the server.
"""

import asyncio
import json
import sys
import uuid
from pathlib import Path
from typing import Any

PAUSE = 0.02
"""Seconds before a request is sent again."""


class Ledger:
    """An append-only file of what was sent and what was acknowledged."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", buffering=1)

    def write(self, *words: str) -> None:
        self._file.write(" ".join(words) + "\n")


async def request(port: int, token: str, key: str, body: bytes) -> tuple[int, Any]:
    """One POST on a connection of its own; status and JSON of the answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = (
            f"POST /api/v1/time_entries HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nIdempotency-Key: {key}\r\nConnection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
    top, _, content = answer.partition(b"\r\n\r\n")
    length = next((int(line[15:]) for line in top.lower().split(b"\r\n") if line.startswith(b"content-length:")), -1)
    if len(content) != length:
        raise ConnectionError("the answer was cut off")
    return int(top.split(b" ", 2)[1]), json.loads(content)


async def client(ledger: Ledger, number: int, port: int, token: str, workspace_id: int) -> None:
    """Log time without end; every fourth request is a bulk of five."""
    count = 0
    while True:
        count += 1
        key = uuid.uuid4().hex
        entry = {"workspace_id": workspace_id, "date_performed": "2026-02-02", "time_in_minutes": 30, "notes": key}
        body = {"time_entries": [entry] * 5} if (count + number) % 4 == 0 else {"time_entry": entry}
        ledger.write("sent", key, "5" if "time_entries" in body else "1")
        while True:
            try:
                status, told = await request(port, token, key, json.dumps(body).encode())
            except (OSError, ValueError, IndexError, TimeoutError):
                ledger.write("outage", key)
                await asyncio.sleep(PAUSE)
                continue
            if status == 200:
                ledger.write("kept", key, *(each["id"] for each in told["results"]))
                break
            ledger.write("refused", key, str(status), told["errors"][0]["type"])
            if status != 503:
                break
            await asyncio.sleep(PAUSE)


async def main(path: str, port: str, token: str, workspace_id: str, clients: str) -> None:
    """Run the clients until the process is ended."""
    ledger = Ledger(Path(path))
    await asyncio.gather(
        *(client(ledger, number, int(port), token, int(workspace_id)) for number in range(int(clients)))
    )


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

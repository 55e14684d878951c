"""F12: the same request many times at once under one key. It is carried out once; everyone else is told what
the first was told, or to ask again.
"""

import asyncio
import uuid
from contextlib import closing
from pathlib import Path

from faults.comparing import Report, compared
from faults.ledger import Answer, Ledger, content, request
from faults.serving import SENSIBLE, Place, ended, free_port, placed, started

AT_ONCE = 32
_LONGEST_WAIT_SECONDS = 30.0


def run(folder: Path, rounds: int, *, build: str = SENSIBLE) -> Report:
    """Send so many requests, each many times at once, and compare; every fourth is a bulk of five."""
    report = Report(rounds=rounds)
    place, port, path = placed(folder), free_port(), folder / "ledger"
    server, report.slowest_restart = started(place.url, port, folder / "server.log", build)
    try:
        with closing(Ledger(path)) as ledger:
            asyncio.run(_rounds(place, port, ledger, report))
    finally:
        ended(server)
    compared(place.url, path, report)
    return report


async def _rounds(place: Place, port: int, ledger: Ledger, report: Report) -> None:
    replays = in_flight = 0
    for number in range(report.rounds):
        key, count = uuid.uuid4().hex, 5 if number % 4 == 3 else 1
        body = content(place.workspace_id, key, count)
        ledger.write("sent", key, str(count))
        told = await asyncio.gather(*(_answered(place, port, key, body) for _ in range(AT_ONCE)))
        answers = [answer for answer, _ in told]
        in_flight += sum(waits for _, waits in told)
        first = [answer for answer in answers if "idempotency-replayed" not in answer.headers]
        replays += len(answers) - len(first)
        for answer in answers:
            if answer.status != 200:
                ledger.write("refused", key, str(answer.status), answer.body["errors"][0]["type"])
        if len(first) != 1:
            report.broken.append(f"{len(first)} of {AT_ONCE} were told they were first")
        ids = {tuple(sorted(each["id"] for each in a.body["results"])) for a in answers if a.status == 200}
        if len(ids) != 1:
            report.broken.append(f"{len(ids)} different answers to one request")
        for each in ids:
            ledger.write("kept", key, *each)
    report.beside = f"{replays} replays, {in_flight} told to ask again"


async def _answered(place: Place, port: int, key: str, body: bytes) -> tuple[Answer, int]:
    """The answer that is no "ask again", and how often that was said."""
    waits = 0
    end = asyncio.get_running_loop().time() + _LONGEST_WAIT_SECONDS
    while True:
        answer = await request(port, place.token, key, body)
        may_ask_again = answer.status in {409, 503} and "retry-after" in answer.headers
        if not may_ask_again or asyncio.get_running_loop().time() > end:
            return answer, waits
        waits += 1
        await asyncio.sleep(float(answer.headers["retry-after"]))

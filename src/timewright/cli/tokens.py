"""`timewright token`: create, list and revoke bearer tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from timewright.cli import ground
from timewright.cli.ground import AsJson, DatabaseUrl

if TYPE_CHECKING:
    from timewright.database import Row, Transaction

app = typer.Typer(help="Create, list and revoke bearer tokens.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="The e-mail address of the person.", show_default=False)]


@app.command("create")
def create(
    email: Email,
    name: Annotated[str, typer.Option(help="What it is for.")] = "command line",
    read_only: Annotated[bool, typer.Option("--read-only", help="It may read and not write.")] = False,
    days: Annotated[int, typer.Option(min=0, max=36_500, help="How many days it is good for; 0 for ever.")] = 365,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a token for a person. It is shown this once: only its hash is stored.

    Example: timewright token create kim@example.com --name "payroll export" --read-only
    """
    from timewright import clock, tokens

    with ground.database(database) as opened, opened.write() as tx:
        user = _user(tx, email)
        token = tokens.new_token()
        expires_at = clock.now() + timedelta(days=days) if days else None
        scopes = ("read",) if read_only else tokens.SCOPES
        id_ = tokens.add(tx, token, user_id=user["id"], name=name, scopes=scopes, expires_at=expires_at)
    if as_json:
        ground.tell({"id": id_, "token": token, "expires_at": expires_at})
    else:
        print(token)


@app.command("list")
def list_(
    email: Annotated[str | None, typer.Argument(help="Only those of this person.", show_default=False)] = None,
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """List tokens by their first characters, with what they may do and until when.

    Example: timewright token list kim@example.com
    """
    from timewright import tokens

    with ground.database(database) as opened, opened.read() as tx:
        rows = tokens.listed(tx, _user(tx, email)["id"] if email else None)
    shown = [{**row, "token_hash": None} for row in rows]
    if as_json:
        ground.tell([{name: value for name, value in row.items() if name != "token_hash"} for row in shown])
        return
    for row in shown:
        scopes = " ".join(word for word in tokens.SCOPES if row[f"can_{word}"])
        until = f"until {row['expires_at']:%Y-%m-%d}" if row["expires_at"] else "for ever"
        state = f"revoked {row['revoked_at']:%Y-%m-%d}" if row["revoked_at"] else until
        print(f"{row['id']}\t{row['start']}…\t{row['name']}\t{scopes}\t{state}")


@app.command("revoke")
def revoke(
    id_: Annotated[
        int, typer.Argument(min=1, max=2**63 - 1, metavar="ID", help="The number that list shows.", show_default=False)
    ],
    database: DatabaseUrl = None,
) -> None:
    """Revoke a token. The next request with it is answered 401.

    Example: timewright token revoke 12
    """
    from timewright import tokens

    with ground.database(database) as opened, opened.write() as tx:
        if not tokens.revoke(tx, id_):
            ground.stop(ground.NOT_FOUND, f"There is no token {id_} that could be revoked.")
    print(f"Token {id_} is revoked.")


def _user(tx: Transaction, email: str) -> Row:
    from timewright.resources.user_verbs import by_email_address

    user = by_email_address(tx, email)
    if user is None:
        ground.stop(ground.NOT_FOUND, f"Nobody has the e-mail address {email}. See timewright user create.")
    return user

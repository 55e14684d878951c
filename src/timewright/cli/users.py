"""`timewright user`: create people."""

from __future__ import annotations

from typing import Annotated

import typer

from timewright.cli import ground
from timewright.cli.ground import AsJson, DatabaseUrl

app = typer.Typer(help="Create people.", no_args_is_help=True)


@app.command("create")
def create(
    email: Annotated[str, typer.Argument(help="The e-mail address.", show_default=False)],
    name: Annotated[str, typer.Option(help="The full name.", show_default=False)],
    account: Annotated[
        str | None, typer.Option(help="The account's name; made when there is none. Default: the only one.")
    ] = None,
    permission: Annotated[str, typer.Option(help="What the person may do in the account.")] = "collaborator",
    currency: Annotated[str, typer.Option(help="The currency of an account that is made.")] = "USD",
    database: DatabaseUrl = None,
    as_json: AsJson = False,
) -> None:
    """Create a person. The first of an account owns and administers it.

    Example: timewright user create ada@example.com --name "Ada Example" --account "Harbour"
    """
    from timewright.resources.user_verbs import Refused, add

    with ground.database(database) as opened:
        try:
            with opened.write() as tx:
                made = add(tx, email=email, full_name=name, account=account, permission=permission, currency=currency)
        except Refused as reason:
            ground.stop(ground.REFUSED, str(reason))
    if as_json:
        ground.tell(made)
    else:
        print(f"User {made['id']} is created in account {made['account_id']}.")

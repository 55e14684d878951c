"""What the database lets nobody change, whoever asks: whose a token is, and where a person is at home."""

import pytest
import sqlalchemy as sa

from timewright import tables as t


@pytest.mark.parametrize(("table", "column"), [(t.tokens, "user_id"), (t.users, "account_id")])
def test_whose_a_token_is_and_where_a_person_is_at_home_stays(house, table, column):
    row = house.rows(sa.select(table))[0]
    with pytest.raises(sa.exc.DBAPIError), house.database.write() as tx:
        tx.execute(sa.update(table).where(table.c.id == row["id"]).values({column: row[column] + 1}))
    assert house.rows(sa.select(table).where(table.c.id == row["id"]))[0] == row

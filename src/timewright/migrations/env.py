"""Alembic's entry: run the steps on the connection and in the transaction that `upgrade` opened."""

from alembic import context

connection = context.config.attributes["connection"]
# The transaction is ours, DDL included: Alembic opens and closes none.
context.configure(connection=connection, transactional_ddl=False)
context.run_migrations()

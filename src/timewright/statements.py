"""Statements that are compiled once and then run on the driver.

A statement built and compiled anew costs ten times what SQLite needs to answer it. SQLAlchemy says what a
statement means and compiles it for the engine at its first use; from then on its text goes to the driver with
the parameters alone. Kinds of column read and write their values as everywhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

Processor = Callable[[Any], Any]

Gathered = Callable[[str, Sequence[str]], str]
"""From the text of a select and its columns to one that answers all rows as a single JSON array of arrays."""


class Statement:
    """A select, insert, update or delete whose parameters are named (`sa.bindparam("name", …)`).

    A select may name `held` tables, whose rows it can hold (`Transaction.held`): that they do not change, or
    `alone`, because this transaction is to change them. An insert or update names the `columns` that it sets.
    """

    def __init__(
        self, meaning: sa.Executable, *held: sa.Table, columns: Sequence[str] | None = None, alone: bool = False
    ) -> None:
        self.meaning = meaning
        self.held = held
        self.columns = columns
        self.alone = alone
        self._compiled: dict[tuple[str, bool], Compiled] = {}

    def compiled(self, dialect: sa.Dialect, *, hold: bool = False, gathered: Gathered | None = None) -> Compiled:
        """The statement as this engine takes it; a select whose rows come `gathered`, if the engine has that."""
        name = dialect.name, hold
        if name not in self._compiled:
            meaning = self.meaning
            if hold:
                assert isinstance(meaning, sa.Select)
                ordered = meaning.order_by(*self.held[0].primary_key.columns)
                meaning = ordered.with_for_update(read=not self.alone, of=list(self.held))
            self._compiled[name] = Compiled(meaning, dialect, self.columns, gathered)
        return self._compiled[name]


class Compiled:
    """The text of a statement for one engine, and how its values go in and come out. `asks` is the text without
    what only says how the rows come.
    """

    def __init__(
        self, meaning: Any, dialect: sa.Dialect, columns: Sequence[str] | None, gathered: Gathered | None
    ) -> None:
        compiled: Any = meaning.compile(dialect=dialect, column_keys=columns)
        self.text = self.asks = str(compiled)
        defaults: Mapping[str, Any] = compiled.construct_params(_check=False)
        self._is_positional = bool(compiled.positional)
        names = compiled.positiontup if self._is_positional else list(compiled.binds)
        kinds = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()}
        self._parameters: list[tuple[str, Processor | None, Any]] = [
            (name, kinds[name], defaults.get(name)) for name in names
        ]
        selected = dict(meaning.selected_columns.items()) if hasattr(meaning, "selected_columns") else {}
        self._names = list(selected)
        self._is_gathered = gathered is not None and isinstance(meaning, sa.Select)
        if gathered is not None and self._is_gathered:
            self.text = gathered(self.text, self._names)
        self._results = [
            (name, processor)
            for name, column in selected.items()
            if (processor := column.type.dialect_impl(dialect).result_processor(dialect, None))
        ]

    def parameters(self, given: Mapping[str, Any]) -> Any:
        """The values as the driver takes them; what is not given is what the statement itself says."""
        values = ((name, given.get(name, default), process) for name, process, default in self._parameters)
        pairs = [(name, process(value) if process else value) for name, value, process in values]
        return [value for _, value in pairs] if self._is_positional else dict(pairs)

    def many(self, rows: Sequence[Mapping[str, Any]]) -> list[tuple[Any, ...]]:
        """The values of many rows, for a statement whose parameters stand in a row each."""
        columns = [
            [process(row[name]) for row in rows] if process else [row[name] for row in rows]
            for name, process, _ in self._parameters
        ]
        return list(zip(*columns, strict=True))

    def rows(self, found: Sequence[Sequence[Any]]) -> list[Mapping[str, Any]]:
        """The rows that the driver found, by column name and in their kinds."""
        names, results = self._names, self._results
        if self._is_gathered:
            found = msgspec.json.decode(found[0][0])
        rows: list[Mapping[str, Any]] = []
        for values in found:
            row = dict(zip(names, values, strict=True))
            for name, process in results:
                row[name] = process(row[name])
            rows.append(row)
        return rows

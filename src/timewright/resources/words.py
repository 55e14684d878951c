"""Conditions on words of a text, for the filters that look for what was typed."""

from dataclasses import replace

import sqlalchemy as sa

from timewright.actor import Actor
from timewright.database import sought
from timewright.presenting.declare import Filter
from timewright.presenting.kinds import Text

TYPED = Text(most_bytes=255)
"""What somebody types into a box."""

_STOP_WORDS = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not", "of",
    "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was", "will", "with",
})  # fmt: skip
_BETWEEN_WORDS = "-/(_"


def words_begin(text: sa.ColumnElement[str], typed: str) -> sa.ColumnElement[bool] | None:
    """Each word typed begins some word of the text, in any case; English stop words do not count, and when there
    are no others, nothing is asked (contract: workspaces.filters.matching).
    """
    terms = [term for term in typed.split() if term.lower() not in _STOP_WORDS]
    for mark in _BETWEEN_WORDS:
        text = sa.func.replace(text, mark, " ")
    padded = sa.literal(" ") + text
    return sa.and_(*(sought(f" {term}", padded)[0] for term in dict.fromkeys(terms))) if terms else None


def holding(
    name: str, sentence: str, *columns: sa.ColumnElement[str], of: sa.ColumnElement[bool] | None = None
) -> Filter:
    """Rows with a text in one of some columns, in small letters or capitals. `of` says which row of another table
    belongs to ours, where they are that table's columns.
    """

    def where(_: Actor, text: str) -> sa.ColumnElement[bool]:
        condition, _rank = sought(text.strip(), *columns)
        return condition if of is None else sa.exists().where(of, condition)

    return Filter(name=name, kind=TYPED, sentence=sentence, where=where)


def search(sentence: str, *columns: sa.ColumnElement[str], of: sa.ColumnElement[bool] | None = None) -> Filter:
    """The search of a resource over some columns: what begins with the text comes first (contract README, search)."""

    def ranks(text: str) -> sa.ColumnElement[int]:
        _condition, rank = sought(text.strip(), *columns)
        return rank if of is None else sa.select(rank).where(of).scalar_subquery()

    return replace(holding("search", sentence, *columns, of=of), ranks=ranks)

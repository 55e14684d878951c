"""What resources with custom fields declare alike: their values as an include, and the filters by them."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from timewright.actor import Actor, reads_custom_field
from timewright.database import among
from timewright.presenting.custom_kinds import (
    NONE,
    Amount,
    CustomChoices,
    Decimals,
    FieldRanges,
    OfCustomFields,
    OfField,
    SelectedChoices,
)
from timewright.presenting.declare import Filter, Include
from timewright.presenting.kinds import Day, DayRange, Ids, Integer, Kind, Span, Text
from timewright.tables import custom_field_value_choices, custom_fields
from timewright.tables import custom_field_values as values


def custom_field_values(subject_type: str) -> Include:
    """The values of custom fields of a resource."""
    return Include(
        name="custom_field_values",
        target="custom_field_values",
        member="custom_field_value_ids",
        points_back="subject_id",
        where=lambda table: table.c.subject_type == subject_type,
        visible_to=lambda actor: reads_custom_field(actor, values.c.account_id, values.c.custom_field_id),
        sentence="The values of its custom fields.",
    )


class _Values:
    """What custom fields say of the rows of a table. Fields that the caller may not read have no values for them."""

    def __init__(self, table: sa.Table, subject_type: str) -> None:
        self._table = table
        self._subject_type = subject_type

    def have(self, actor: Actor, *conditions: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
        """There is a value of which this holds."""
        of, table = values.c, self._table
        readable = reads_custom_field(actor, of.account_id, of.custom_field_id)
        those = sa.select(of.subject_id).where(of.subject_type == self._subject_type, readable, *conditions)
        if len(actor.account_ids) == 1 or "account_id" not in table.primary_key.columns:
            # Read once, and not for every row.
            return table.c.id.in_(those)
        return those.where(of.account_id == table.c.account_id, of.subject_id == table.c.id).exists()

    def chosen(self, actor: Actor, field_id: int, choices: Sequence[int]) -> sa.ColumnElement[bool]:
        """One of some choices was made."""
        of, chosen = values.c, custom_field_value_choices.c
        picked = sa.exists().where(
            chosen.account_id == of.account_id,
            chosen.custom_field_value_id == of.id,
            among(chosen.custom_field_choice_id, choices),
        )
        return self.have(actor, of.custom_field_id == field_id, picked)

    def blank(self, actor: Actor, field_id: int) -> sa.ColumnElement[bool]:
        """Nothing was said. Only a field that the caller may read tells so."""
        readable = sa.exists().where(
            custom_fields.c.id == field_id,
            custom_fields.c.subject_type == self._subject_type,
            reads_custom_field(actor, custom_fields.c.account_id, custom_fields.c.id),
        )
        return sa.and_(readable, sa.not_(self.have(actor, values.c.custom_field_id == field_id)))


def custom_field_filters(table: sa.Table, subject_type: str) -> tuple[Filter, ...]:
    """The custom_fields group (contract: common.filter_groups.custom_fields)."""
    of, said = values.c, _Values(table, subject_type)
    have = said.have

    def choose(actor: Actor, asked: OfField) -> sa.ColumnElement[bool]:
        field_id, choices = asked
        return said.blank(actor, field_id) if choices is None else said.chosen(actor, field_id, choices)

    def by(name: str, kind: OfCustomFields, sentence: str, holds: Callable[[Any], sa.ColumnElement[bool]]) -> Filter:
        def where(actor: Actor, asked: Sequence[OfField]) -> sa.ColumnElement[bool]:
            return sa.and_(
                *(
                    have(actor, of.custom_field_id == field_id, *([] if value is None else [holds(value)]))
                    for field_id, value in asked
                )
            )

        return Filter(name=name, kind=kind, sentence=sentence, where=where)

    return (
        Filter(
            name="has_value_for_custom_field_ids",
            kind=Ids(),
            sentence="With a value of one of these custom fields.",
            where=lambda actor, ids: have(actor, among(of.custom_field_id, ids)),
        ),
        Filter(
            name="by_custom_choice_value",
            kind=CustomChoices(),
            sentence="With one of these choices, written (field:choice,choice); (field:blank) for none. "
            "Several in brackets joined by a colon, or separated by semicolons, must all hold.",
            where=lambda actor, asked: sa.and_(*(choose(actor, each) for each in asked)),
        ),
        by(
            "by_custom_text_value",
            OfCustomFields(Text()),
            "With this text, written (field:text); a field alone for any value.",
            lambda text: of.text == text,
        ),
        by(
            "by_custom_number_value",
            OfCustomFields(Decimals()),
            "With this number, written (field:number).",
            lambda number: of.number == number,
        ),
        by("by_custom_date_value", CUSTOM_DATE, "With a day in this range, written (field:from:to).", custom_day),
        by(
            "by_custom_currency_value",
            OfCustomFields(Amount()),
            "With this amount in subunits, written (field:amount:currency); the currency may be left out.",
            lambda asked: sa.and_(of.amount_in_cents == asked[0], *([of.currency == asked[1]] if asked[1] else [])),
        ),
    )


def custom_field_ranges(table: sa.Table, subject_type: str) -> tuple[Filter, ...]:
    """Further filters by custom fields, written with semicolons (contract: workspaces.filters)."""
    of, said = values.c, _Values(table, subject_type)

    def choose(actor: Actor, asked: OfField) -> sa.ColumnElement[bool]:
        field_id, choices = asked
        picked = said.chosen(actor, field_id, [each for each in choices if each != NONE])
        return sa.or_(picked, said.blank(actor, field_id)) if NONE in choices else picked

    def within(name: str, of_what: Kind, sentence: str, value: sa.ColumnElement[Any]) -> Filter:
        def where(actor: Actor, asked: Sequence[OfField]) -> sa.ColumnElement[bool]:
            return sa.and_(
                *(
                    said.have(actor, of.custom_field_id == field_id, *_within(value, ends or (None, None)))
                    for field_id, ends in asked
                )
            )

        return Filter(name=name, kind=FieldRanges(Span(of=of_what, mark=":")), sentence=sentence, where=where)

    return (
        Filter(
            name="selected_choices",
            kind=SelectedChoices(),
            sentence="With one of these choices, written field:choice,choice; none among them stands for no value. "
            "Several, separated by semicolons, must all hold.",
            where=lambda actor, asked: sa.and_(*(choose(actor, each) for each in asked)),
        ),
        within(
            "custom_date_range",
            Day(),
            "With a day in this range, written field:from:to; several, separated by semicolons, must all hold.",
            of.date,
        ),
        within(
            "custom_integer_ranges",
            Integer(),
            "With a number in this range, written field:min:max; several, separated by semicolons, must all hold.",
            sa.cast(of.number, sa.Numeric),
        ),
    )


def _within(value: sa.ColumnElement[Any], ends: tuple[Any, Any]) -> list[sa.ColumnElement[bool]]:
    first, last = ends
    return [
        value.is_not(None),
        *([value >= first] if first is not None else []),
        *([value <= last] if last is not None else []),
    ]


CUSTOM_DATE = OfCustomFields(DayRange(single=True))
"""What a filter by a custom date takes."""


def custom_day(days: tuple[date | None, date | None]) -> sa.ColumnElement[bool]:
    """The value of a custom field is one of these days."""
    first, last = days
    return sa.and_(
        values.c.date.is_not(None),
        values.c.date >= first if first else sa.true(),
        values.c.date <= last if last else sa.true(),
    )

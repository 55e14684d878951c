"""How much of a project's budget is used, and how much is left. Amounts are integer subunits of its currency."""

from dataclasses import dataclass

from timewright.rules import currencies


@dataclass(frozen=True)
class Budget:
    """What was used of a price. Without a price there is no limit: None."""

    used_in_cents: int
    price_in_cents: int | None
    currency: str

    @property
    def used(self) -> str:
        """What was used, for reading."""
        return currencies.display_amount(self.used_in_cents, self.currency)

    @property
    def remaining(self) -> str:
        """What is left, for reading: less than nothing when over budget, TBD without a price."""
        left = None if self.price_in_cents is None else self.price_in_cents - self.used_in_cents
        return currencies.display_amount(left, self.currency)

    @property
    def percent_used(self) -> int:
        """How much of the price was used, in whole percent that were reached; 0 without a price."""
        return 100 * self.used_in_cents // self.price_in_cents if self.price_in_cents else 0

    @property
    def is_over(self) -> bool:
        """Whether more was used than the price."""
        return self.price_in_cents is not None and self.used_in_cents > self.price_in_cents

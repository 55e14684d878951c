"""Which role an entry is worked in."""


def role(asked: int | None, assignment: int | None, participation: int | None, membership: int | None) -> int | None:
    """The role sent; else that of the assignment to the story, of the participation, of the account
    membership; else none (contract: time_entries.role_rules).
    """
    return next((found for found in (asked, assignment, participation, membership) if found is not None), None)

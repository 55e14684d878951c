"""Whether time is billable when nobody says."""


def default_billable(story_billable: bool | None) -> bool:
    """As the story is, and true when there is no story (contract: time_entries.create.billable)."""
    return True if story_billable is None else story_billable

"""What a timesheet submission may become, who may decide, and what it is worth."""


def permissions(status: str, *, approves: bool, submitted: bool) -> dict[str, bool]:
    """What somebody may do with a submission (contract: timesheet_submissions.fields.permissions).

    Pending ones can be approved; pending and approved ones are active and can be rejected or cancelled;
    rejected and cancelled ones can be submitted again. A submitter may take back what is still pending.
    """
    is_active = status in {"pending", "approved"}
    return {
        "can_cancel_submission": (approves and is_active) or (submitted and status == "pending"),
        "can_approve_submission": approves and status == "pending",
        "can_reject_submission": approves and is_active,
        "can_resubmit_submission": submitted and not is_active,
    }


def total_in_cents(cent_minutes: int) -> int:
    """The worth of entries from the sum of rate times minutes, rounded half up once, at the end."""
    return (2 * cent_minutes + 60) // 120

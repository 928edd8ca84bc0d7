"""What became of submitted households."""

import strawberry

from hub.domain import records
from hub.domain.principal import Scope
from hub.domain.rejects import WAY_OUT
from hub.ingest import push
from schema.fields import plain
from schema.objects import shape
from schema.types.work_words import RejectSeverity


def _way_out(root: records.Reject) -> str | None:
    return WAY_OUT.get(root.code)


@shape(records.Reject, Scope.REGISTRY_WRITE, "A submitted record or value that stayed out.")
class SubmissionReject:
    """A submitted record or value that stayed out."""

    record_kind: str = plain("Kind of the record: HOUSEHOLD or PERSON.")
    source_record_id: str = strawberry.field(name="recordId", description="The record's own id.")
    field: str = plain("Which field; empty: the record as a whole.")
    code: str = plain("Why, such as NIK_NOT_16_DIGITS.")
    severity: RejectSeverity = plain("How much of the record stayed out.")
    value: str = plain("The value, as it was sent.")
    way_out: str | None = strawberry.field(resolver=_way_out, description="What to do about it.")


@shape(push.Submission, Scope.REGISTRY_WRITE, "What became of submitted households.")
class Submission:
    """What became of submitted households."""

    received: int = plain("Households that came.")
    merged: int = plain("Households that were new or newer.")
    unchanged: int = plain("Households that were known already.")
    rejects: list[SubmissionReject] = plain("What stayed out, at most 1,000.")

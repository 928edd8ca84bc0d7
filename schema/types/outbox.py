"""Messages to other systems that are not delivered."""

from datetime import datetime
from enum import StrEnum

from hub.domain.principal import Scope
from hub.store import outbox as rows
from resolvers.case_files import case_files_by_id
from schema.fields import batched, plain
from schema.objects import shape, words
from schema.types.case_file import CaseFile


@words(
    "Why a message is not delivered.",
    PENDING="It waits: for its turn, or for the next attempt.",
    REFUSED="The other system decided against it; its own state stands.",
    DEAD="It cannot be told, whatever is tried: it waits for a person, and with it what follows about the same subject.",
)
class UndeliveredStatus(StrEnum):
    """Why a message is not delivered."""

    PENDING = "PENDING"
    REFUSED = "REFUSED"
    DEAD = "DEAD"


@shape(rows.Undelivered, Scope.CASE_READ, "A message to another system that is not delivered, without its contents.")
class UndeliveredMessage:
    """A message to another system that is not delivered."""

    destination: str = plain("The system that has to be told: the regency code of a district.")
    kind: str = plain("What it tells: CASE_UPDATE for a change of a case file.")
    status: UndeliveredStatus = plain("Why it is not delivered.")
    attempts: int = plain("How many times it was tried.")
    next_attempt_at: datetime = plain("When it is tried again, while it is PENDING.")
    reason_code: str | None = plain("The reason, such as STALE_BASE, UNREACHABLE; null: it was not tried yet.")
    reason: str | None = plain("The reason in words.")
    created_at: datetime = plain("When it was put.")
    settled_at: datetime | None = plain("When it was refused, or given up.")
    case_file: CaseFile | None = batched(case_files_by_id, key="case_file_id", description="What it is about.")

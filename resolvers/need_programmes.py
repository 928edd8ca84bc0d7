"""Which programmes cover which needs: for everybody to see, for the ministry's programme officers to say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import msgspec

from hub.domain.errors import InternalError, Invalid
from hub.domain.principal import Scope
from hub.store import idempotency, needs, programmes
from hub.store.database import Session
from hub.store.needs import NeedProgramme, NewNeedProgramme
from resolvers.context import Context
from resolvers.held_case import check_text

_OPERATION = "needProgrammeSet"
_REASON_MAX = 1_000
_SHOWN = 40


@dataclass(frozen=True, slots=True)
class NeedProgrammeDraft:
    """Whether a programme covers needs of a category. No `valid_from`: from now on."""

    category: str
    programme_code: str
    is_covered: bool
    valid_from: datetime | None
    reason: str


async def list_need_programmes(ctx: Context) -> Sequence[NeedProgramme]:
    """The programmes that cover needs now, by category."""
    return [one for one in await needs.list_need_programmes(ctx.session, ctx.clock()) if one.is_covered]


async def set_need_programme(ctx: Context, draft: NeedProgrammeDraft, key: str) -> NeedProgramme:
    """Say whether a programme covers a need; the same key with the same draft says it once."""
    ctx.require(Scope.RULE_WRITE)
    check_text("reason", draft.reason, longest=_REASON_MAX)
    now = ctx.clock()
    if draft.valid_from is not None and (draft.valid_from.tzinfo is None or draft.valid_from < now):
        raise Invalid("validFrom has a time zone and is not in the past: name a later moment, or none", ("validFrom",))
    digest = sha256(msgspec.json.encode(draft, order="sorted")).digest()
    claim = idempotency.Claim(ctx.principal.client_id, _OPERATION, key, digest)
    async with ctx.session.transaction() as transaction:
        number = await idempotency.claim(transaction, claim, now)
        if number is None:
            await _require_programme(transaction, draft.programme_code)
            new = NewNeedProgramme(
                draft.category,
                draft.programme_code,
                draft.is_covered,
                draft.valid_from or now,
                draft.reason,
                ctx.principal.client_id,
            )
            number = await needs.set_need_programme(transaction, new, now)
            await idempotency.keep(transaction, claim, number)
        found = await needs.find_need_programme(transaction, int(number))
    if found is None:
        raise InternalError("what was set for a need vanished")
    return found


async def _require_programme(session: Session, code: str) -> None:
    known = [programme.code for programme in await programmes.list_programmes(session)]
    if code not in known:
        raise Invalid(f"there is no programme {code[:_SHOWN]!r}: use one of {', '.join(known)}", ("programmeCode",))

"""A match on its way: offered to the household, accepted or declined, issued by the national system, or given back."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta

from hub.domain.errors import Conflict, SourceError
from hub.domain.matches import MatchStatus
from hub.domain.principal import Scope
from hub.domain.source import Capability, Connector, IssueOutcome, IssueRequest
from hub.store import matches, needs, runs
from hub.store.database import Session
from hub.store.matches import Move, Moved, Mover, Work
from resolvers.context import Clock, Context
from resolvers.needs import propose_for_all_needs, withdraw_for_all_ended_needs

OFFER_STANDS = timedelta(days=14)
STEP = 1_000
_ISSUE_STEP = 200


async def offer_match(ctx: Context, match_ids: Sequence[int], key: str) -> list[Moved]:
    """RESERVED to OFFERED; the offer stands for 14 days (v)."""
    ctx.require(Scope.MATCH_WRITE)
    return await _move(ctx, MatchStatus.OFFERED, match_ids, key, None)


async def accept_match(ctx: Context, match_ids: Sequence[int], key: str) -> list[Moved]:
    """OFFERED to ACCEPTED: the household wants the entitlement."""
    ctx.require(Scope.MATCH_WRITE)
    return await _move(ctx, MatchStatus.ACCEPTED, match_ids, key, None)


async def decline_match(ctx: Context, match_ids: Sequence[int], key: str, reason_code: str | None) -> list[Moved]:
    """OFFERED to DECLINED: the slot goes back and to the next in rank."""
    ctx.require(Scope.MATCH_WRITE)
    return await _move(ctx, MatchStatus.DECLINED, match_ids, key, reason_code)


async def _move(
    ctx: Context, to: MatchStatus, match_ids: Sequence[int], key: str, reason_code: str | None
) -> list[Moved]:
    now = ctx.clock()
    mover = Mover(ctx.principal.client_id, now, now + OFFER_STANDS)
    moves = [Move(match_id, f"{ctx.principal.client_id}:{key}", reason_code) for match_id in match_ids]
    return await matches.move_matches(ctx.session, to, moves, mover)


class Desk:
    """The jobs that move matches along in sets; each can be run at any time, again, and from several processes."""

    def __init__(
        self,
        jobs: Session,
        clock: Clock,
        connectors: Mapping[str, Connector],
        *,
        offer_stands: timedelta = OFFER_STANDS,
    ) -> None:
        self._jobs = jobs
        self._clock = clock
        self._connectors = connectors
        self._offer_stands = offer_stands

    async def offer_reserved(self) -> int:
        """Offer every reserved match; returns how many."""
        now = self._clock()
        mover = Mover("hub", now, now + self._offer_stands)
        offered = after_id = 0
        while work := await self._work(MatchStatus.RESERVED, None, after_id, STEP):
            offered += await self._move(MatchStatus.OFFERED, [Move(w.match_id, "offer") for w in work], mover)
            after_id = work[-1].match_id
        return offered

    async def deliver(self) -> dict[str, SourceError]:
        """Tell all districts that take deliveries what is new, at the same time; returns those that could not be told."""
        able = {code: c for code, c in self._connectors.items() if Capability.DELIVER in c.capabilities}
        ended = await asyncio.gather(*(self._try_to_deliver(code, connector) for code, connector in able.items()))
        return {code: error for code, error in zip(able, ended, strict=True) if error is not None}

    async def _try_to_deliver(self, regency_code: str, connector: Connector) -> SourceError | None:
        try:
            await self._deliver_to(regency_code, connector)
        except SourceError as error:
            return error
        return None

    async def _deliver_to(self, regency_code: str, connector: Connector) -> None:
        after_id = 0
        while news := await matches.list_undelivered(self._jobs, regency_code, after_id=after_id, first=STEP):
            answers = await connector.deliver(news)
            taken = {answer.match_reference for answer in answers if answer.is_accepted}
            await matches.note_delivered(self._jobs, [n for n in news if n.match_reference in taken])
            after_id = int(news[-1].match_reference)

    async def issue_accepted(self) -> tuple[int, int]:
        """Have the national systems issue what was accepted; returns (issued, refused).

        A lost answer is asked for again with the same key: the match is issued once.
        """
        issued = refused = 0
        for connector in self._connectors.values():
            if Capability.ISSUE in connector.capabilities:
                for programme_code in await matches.list_programmes_of(self._jobs, connector.code):
                    counts = await self._issue(connector, programme_code)
                    issued, refused = issued + counts[0], refused + counts[1]
        return issued, refused

    async def _issue(self, connector: Connector, programme_code: str) -> tuple[int, int]:
        issued = refused = after_id = 0
        while work := await self._work(MatchStatus.ACCEPTED, programme_code, after_id, _ISSUE_STEP):
            outcomes = await connector.issue([_request(w) for w in work])
            mover = Mover(f"system:{connector.code}", self._clock())
            moved = await matches.move_matches(self._jobs, MatchStatus.ISSUED, _moves(work, outcomes, "ISSUED"), mover)
            issued += sum(answer.result == "MOVED" for answer in moved)
            refused += await self._move(MatchStatus.REJECTED, _moves(work, outcomes, "REFUSED"), mover)
            _require_none([answer.match_id for answer in moved if answer.result == "REFUSED"], connector.code)
            after_id = work[-1].match_id
        return issued, refused

    async def confirm_by_roster(self) -> int:
        """Accepted matches of systems that issue by themselves are issued once their roster shows the unit."""
        confirmed = 0
        for connector in self._connectors.values():
            if Capability.ISSUE not in connector.capabilities:
                for programme_code in await matches.list_programmes_of(self._jobs, connector.code):
                    confirmed += await self._confirm(programme_code)
        return confirmed

    async def _confirm(self, programme_code: str) -> int:
        confirmed = after_id = 0
        mover = Mover("roster", self._clock())
        while found := await matches.list_confirmed(self._jobs, programme_code, after_id=after_id, first=STEP):
            moves = [Move(match_id, "roster", None, reference) for match_id, reference in found]
            confirmed += await self._move(MatchStatus.ISSUED, moves, mover)
            after_id = found[-1][0]
        return confirmed

    async def expire(self) -> int:
        """Offers whose time is over go back; returns how many."""
        mover = Mover("hub", self._clock())
        expired = after_id = 0
        while ids := await matches.list_expired(self._jobs, mover.now, after_id=after_id, first=STEP):
            expired += await self._move(MatchStatus.EXPIRED, [Move(i, "expire") for i in ids], mover)
            after_id = ids[-1]
        return expired

    async def propose_for_needs(self) -> int:
        """Propose what covers the needs in open case files, and nothing for those that ended; returns how many matches."""
        await withdraw_for_all_ended_needs(self._jobs, self._clock)
        return await propose_for_all_needs(self._jobs, self._clock)

    async def refill(self) -> int:
        """Slots that came back go to the next in rank, then to needs that no ranking knows; returns how many were reserved."""
        async with self._jobs.transaction() as transaction:
            now = self._clock()
            reserved = await runs.reserve_proposed(transaction, actor="hub", now=now)
            for run_id, stretch in await runs.place_waiting(transaction):
                reserved += await runs.propose_and_reserve(transaction, run_id, stretch, actor="hub", now=now)
            reserved += await needs.reserve_for_needs(transaction, actor="hub", now=now)
        return reserved

    async def _work(self, status: MatchStatus, programme_code: str | None, after_id: int, first: int) -> list[Work]:
        return await matches.list_work(
            self._jobs, status, programme_code=programme_code, after_id=after_id, first=first
        )

    async def _move(self, to: MatchStatus, moves: Sequence[Move], mover: Mover) -> int:
        answers = await matches.move_matches(self._jobs, to, moves, mover)
        return sum(answer.result == "MOVED" for answer in answers)


def _require_none(match_ids: list[int], source_code: str) -> None:
    if match_ids:
        named = ", ".join(map(str, match_ids[:20]))
        raise Conflict(
            f"{source_code} issued {len(match_ids)} matches that were taken back while it was asked ({named}): the "
            "entitlement stays with the household until a person has it revoked there"
        )


def _request(work: Work) -> IssueRequest:
    return IssueRequest(
        key=f"match-{work.match_id}",
        programme_code=work.programme_code,
        pool_region_code=work.pool_region_code,
        nik=work.nik,
        kk_number=work.kk_number,
        name=work.name,
        birth_date=work.birth_date,
    )


def _moves(work: Sequence[Work], outcomes: Sequence[IssueOutcome], status: str) -> list[Move]:
    return [
        Move(w.match_id, f"issue:{status}", outcome.reason_code, outcome.reference)
        for w, outcome in zip(work, outcomes, strict=True)
        if outcome.status == status
    ]

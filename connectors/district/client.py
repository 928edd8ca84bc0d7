"""The connector of a district: its changes, the delivery of matches, and its fit with the contract."""

from collections.abc import Mapping, Sequence
from functools import partial
from importlib.resources import files
from typing import TypeVar

import msgspec

from connectors.base import BaseConnector
from connectors.cursor import FeedCursor, decode_cursor, encode_cursor
from connectors.decode import by_key, in_batches, read_records
from connectors.district import query, referrals
from connectors.district.contract import CONTRACT_VERSION, Misfit, UnreadableSchema, compare
from connectors.district.graphql import Request, read_data
from connectors.district.mapping import CHANGE, case_update_input, case_update_outcome, delivery, delivery_outcome
from connectors.district.profiles import read_profiles
from connectors.district.wire import CaseUpdateResults, Changes, CheckAnswer, Listed, Receipts
from connectors.errors import System, of_condition, source_error
from connectors.http import Channel
from connectors.line import Call
from connectors.settings import DistrictSettings
from hub.domain.district import DistrictCapability
from hub.domain.errors import Fatal
from hub.domain.records import CaseUpdate
from hub.domain.referral_exchange import ReferralDelivery, ReferralReceipt
from hub.domain.source import Capability, CaseUpdateOutcome, DeliveryOutcome, MatchDelivery, Page, Profiles

T = TypeVar("T")

MAX_DELIVERIES = 500
"""Matches, or changes of case files, in one call, by the contract."""
_MAX_PROBLEMS = 100
_CAPABILITIES = {
    DistrictCapability.CHANGES: Capability.PULL,
    DistrictCapability.VILLAGE_PROFILES: Capability.PROFILES,
    DistrictCapability.MATCH_DELIVERY: Capability.DELIVER,
    DistrictCapability.CASE_UPDATES: Capability.CASE_UPDATES,
    DistrictCapability.REFERRALS: Capability.REFERRALS,
}
"""What of a district the jobs of the hub use."""


def load_contract() -> str:
    """The SDL of the districts' contract, as shipped with the hub."""
    return files("schema").joinpath("district.graphql").read_text(encoding="utf-8")


def district_system(code: str) -> System:
    """How messages name a district and its credentials."""
    return System(code=code, name=f"District {code}", credentials="token")


class DistrictConnector(BaseConnector):
    """A district behind the Connector Protocol; `contract` is the SDL that it must fit."""

    def __init__(self, settings: DistrictSettings, channel: Channel, contract: str) -> None:
        super().__init__(channel)
        self._headers = {
            "Authorization": f"Bearer {settings.token}",
            "Content-Type": "application/json",
        }
        self._first = settings.page_size
        self._contract = contract
        self._abilities = settings.capabilities
        self.capabilities = frozenset(
            capability for ability, capability in _CAPABILITIES.items() if ability in settings.capabilities
        )

    async def check(self) -> None:
        """Return when the district is the one that is meant and serves the contract; else Fatal."""
        answer = await self._ask("check", query.CHECK, {}, CheckAnswer)
        district = answer.district
        if district.region_code != self.code:
            raise self._unfit(f"it says that it is {district.region_code}: check its URL")
        if district.contract_version != CONTRACT_VERSION:
            raise self._unfit(
                f"it serves version {district.contract_version} of the contract, and the hub speaks {CONTRACT_VERSION}"
            )
        try:
            problems = compare(self._contract, answer.service.sdl, self._abilities)
        except UnreadableSchema as error:
            raise self._unfit("its schema cannot be read as SDL") from error
        if problems:
            raise self._unfit(_listed(problems))

    async def pull(self, after: str | None) -> Page:
        """The next page of changes; what cannot be read of it is rejected one by one."""
        position = None if after is None else decode_cursor(self._system, after).position
        variables = {"after": position, "first": self._first}
        page = (await self._ask("changes", query.CHANGES, variables, Changes)).changes
        if page.has_more and page.cursor == position:
            raise source_error(self._system, of_condition("ENDLESS_FEED"))
        records, rejects = read_records(page.nodes, CHANGE)
        cursor = FeedCursor(source=self.code, phase="CHANGES", position=page.cursor)
        return Page(
            records=records,
            rejects=rejects,
            cursor=encode_cursor(cursor),
            has_more=page.has_more,
        )

    async def profiles(self) -> Profiles:
        """Villages and poverty figures, page by page to the end."""

        async def ask(operation: str, document: str, variables: Mapping[str, object]) -> Listed:
            return await self._ask(operation, document, variables, Listed)

        return await read_profiles(self._system, ask)

    async def deliver(self, matches: Sequence[MatchDelivery]) -> Sequence[DeliveryOutcome]:
        """Deliver, each call with its own deadline; safe to repeat as a whole after any error."""
        outcomes: list[DeliveryOutcome] = []
        for batch in in_batches(matches, MAX_DELIVERIES):
            outcomes += await self._deliver(batch)
        return outcomes

    async def deliver_case_updates(self, updates: Sequence[CaseUpdate]) -> Sequence[CaseUpdateOutcome]:
        """Deliver in order, each call after the answer to the one before; safe to repeat as a whole after any error."""
        outcomes: list[CaseUpdateOutcome] = []
        for batch in in_batches(updates, MAX_DELIVERIES):
            variables = {"updates": [case_update_input(update) for update in batch]}
            call = self._call("case_updates", query.CASE_UPDATES, variables)
            keys = [update.key for update in batch]
            outcomes += await self._channel.send(call, partial(_read_decisions, keys=keys))
        return outcomes

    async def deliver_referrals(self, deliveries: Sequence[ReferralDelivery]) -> Sequence[ReferralReceipt]:
        """Deliver, each call with its own deadline; safe to repeat as a whole after any error."""
        receipts: list[ReferralReceipt] = []
        for batch in in_batches(deliveries, referrals.MAX_REFERRALS):
            call = self._call(
                "referrals", referrals.DELIVER, {"referrals": [referrals.referral_input(one) for one in batch]}
            )
            references = [one.reference for one in batch]
            receipts += await self._channel.send(call, partial(referrals.read_receipts, references=references))
        return receipts

    async def _deliver(self, batch: Sequence[MatchDelivery]) -> list[DeliveryOutcome]:
        variables = {"matches": [delivery(match) for match in batch]}
        references = [match.match_reference for match in batch]
        call = self._call("deliver", query.DELIVER, variables)
        return await self._channel.send(call, partial(_read_outcomes, references=references))

    async def _ask(self, operation: str, document: str, variables: Mapping[str, object], answer: type[T]) -> T:
        call = self._call(operation, document, variables)
        return await self._channel.send(call, partial(read_data, data=answer))

    def _call(self, operation: str, document: str, variables: Mapping[str, object]) -> Call:
        return Call(
            operation=operation,
            method="POST",
            path="",
            is_repeatable=True,  # Queries, and mutations that are in effect once by their keys.
            headers=self._headers,
            body=msgspec.json.encode(Request(query=document, variables=dict(variables))),
        )

    def _unfit(self, what: str) -> Fatal:
        return Fatal(self.code, f"{self._system.name} does not fit the contract: {what}")


def _read_outcomes(body: bytes, references: Sequence[str]) -> list[DeliveryOutcome]:
    outcomes = map(delivery_outcome, read_data(body, Receipts).matches_deliver)
    return by_key(references, ((outcome.match_reference, outcome) for outcome in outcomes))


def _read_decisions(body: bytes, keys: Sequence[str]) -> list[CaseUpdateOutcome]:
    decisions = map(case_update_outcome, read_data(body, CaseUpdateResults).case_updates_deliver)
    return by_key(keys, ((decision.key, decision) for decision in decisions))


def _listed(problems: Sequence[Misfit]) -> str:
    shown = "; ".join(map(str, problems[:_MAX_PROBLEMS]))
    more = len(problems) - _MAX_PROBLEMS
    return f"{shown}; and {more} more" if more > 0 else shown

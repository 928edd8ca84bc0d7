"""Where a referral may be passed on to: a party that its purpose allows, in a chain that is bounded and never turns back."""

from collections.abc import Sequence

from hub.domain.errors import CallerError, Conflict, Invalid
from hub.domain.parties import Party, read_party
from hub.domain.referrals import LEGS_MAX
from hub.store import referrals_read, regions
from hub.store.database import Session
from hub.store.referrals_read import Referral, ReferralPurpose


async def find_next_receivers(session: Session, asked: Sequence[tuple[Referral, str]]) -> list[Party | CallerError]:
    """For each referral the party of the code to which it shall go on, or why it cannot; the number of statements is fixed."""
    if not asked:
        return []
    purposes = await referrals_read.find_purposes(session, [referral.purpose_key for referral, _ in asked])
    parties = [_party(purpose, referral, code) for purpose, (referral, code) in zip(purposes, asked, strict=True)]
    codes = sorted({p.region_code for p in parties if isinstance(p, Party) and p.region_code is not None})
    known = {region.code for region in await regions.find_regions(session, codes) if region is not None}
    met: dict[int, set[str]] = {}
    for leg in await referrals_read.list_legs(session, sorted({referral.chain_id for referral, _ in asked})):
        met.setdefault(leg.chain_id, {leg.from_party}).add(leg.to_party)
    return [
        _checked(party, referral, known, met[referral.chain_id])
        for party, (referral, _) in zip(parties, asked, strict=True)
    ]


def allowed_party(purpose: ReferralPurpose, code: str, argument: str) -> Party:
    """The party of a code, if a referral of this purpose can go to its kind; raises Invalid."""
    party = read_party(code, argument)
    if party.kind not in purpose.receiver_kinds:
        kinds = ", ".join(purpose.receiver_kinds)
        raise Invalid(f"{purpose.purpose_code} goes to {kinds}, and {code} is {party.kind}", (argument,))
    return party


def _party(purpose: ReferralPurpose | None, referral: Referral, code: str) -> Party | CallerError:
    if purpose is None:
        return Conflict(f"there is no purpose {referral.purpose_code} of version {referral.purpose_version}")
    try:
        return allowed_party(purpose, code, "toParty")
    except Invalid as error:
        return error


def _checked(party: Party | CallerError, referral: Referral, known: set[str], met: set[str]) -> Party | CallerError:
    if isinstance(party, CallerError):
        return party
    if party.region_code is not None and party.region_code not in known:
        return Invalid(f"there is no region {party.region_code!r}: use a Kemendagri code with dots", ("toParty",))
    if referral.leg_no >= LEGS_MAX:
        return Conflict(
            f"referral {referral.reference} is leg {LEGS_MAX} of its chain, and no chain is longer: decline it"
        )
    if party.code in met:
        return Conflict(f"{party.code} has been a party of this referral already: decline it instead")
    return party

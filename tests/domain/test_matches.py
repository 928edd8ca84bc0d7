"""The state machine of a match holds together."""

from hub.domain.matches import ACTIVE, MATCH_TRANSITIONS, SLOT_STATE_OF, MatchStatus


def test_every_status_can_be_reached_from_the_first():
    reached, frontier = set(), {MatchStatus.PROPOSED}
    while frontier:
        reached |= frontier
        frontier = {to for status in frontier for to in MATCH_TRANSITIONS.get(status, ())} - reached
    assert reached == set(MatchStatus)


def test_who_holds_a_slot_is_active_and_can_give_it_back():
    assert set(SLOT_STATE_OF) == ACTIVE - {MatchStatus.PROPOSED}
    for status in SLOT_STATE_OF:
        assert any(to not in SLOT_STATE_OF for to in MATCH_TRANSITIONS[status])


def test_what_is_not_active_is_final():
    assert all(status not in MATCH_TRANSITIONS for status in set(MatchStatus) - ACTIVE)

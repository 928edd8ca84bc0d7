"""How much may be done beyond the first attempt: a share of what is asked, so that a bad day is not made worse."""

from collections import deque


class Budget:
    """Tokens: each call earns `share` of one, each extra attempt takes one; at most `most` are saved up."""

    def __init__(self, share: float, most: float) -> None:
        self._share = share
        self._most = most
        self._tokens = most

    def earn(self) -> None:
        """A call is made."""
        self._tokens = min(self._most, self._tokens + self._share)

    def take(self) -> bool:
        """Whether one more attempt is allowed; it is then paid for."""
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class Pace:
    """How long a district takes to answer, learnt from its last answers."""

    __slots__ = ("_late_after", "_seconds", "_usual")

    _KEPT = 32
    _ENOUGH = 8

    def __init__(self, usual: float) -> None:
        self._seconds: deque[float] = deque(maxlen=self._KEPT)
        self._usual = usual
        self._late_after: float | None = usual

    def note(self, seconds: float) -> None:
        """It answered after so long."""
        self._seconds.append(seconds)
        self._late_after = None if len(self._seconds) >= self._ENOUGH else self._usual

    @property
    def late_after(self) -> float:
        """Seconds after which nine of ten answers were there; the usual time while too little is known."""
        if self._late_after is None:
            self._late_after = max(self._usual / 10, sorted(self._seconds)[len(self._seconds) * 9 // 10])
        return self._late_after

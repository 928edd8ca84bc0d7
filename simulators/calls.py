"""What changes a simulated system: calls, told to a recorder before they are done.

The same calls in the same order on the same world make the same state, so a recorder can bring it back.
"""

from collections.abc import Callable

import msgspec


class Call(msgspec.Struct, frozen=True):
    """Something that changes the world; each kind has its tag."""


Recorder = Callable[[Call], None]
"""Told of each call before it is done; when it raises, nothing is done."""


def unrecorded(_: Call) -> None:
    """Keep nothing: the world ends with its process."""

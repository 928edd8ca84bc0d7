"""Questions to a source that answers several of them at once, such as looks by key that fit into one statement.

A batch or a call that returns a `Joint` says what it wants and leaves it to the executor when to ask: all that a request
has come to, and goes to one source, is asked together, without a task for each.
"""

from collections.abc import Awaitable, Callable, Generator, Sequence
from typing import Any, Generic, Protocol, TypeVar, final

T = TypeVar("T")
U = TypeVar("U")


class Source(Protocol):
    """Who is asked."""

    async def answer(self, questions: Sequence[Any]) -> Sequence[Any]:
        """One answer for each question, or the exception that is its error."""
        ...


@final
class Joint(Awaitable[T], Generic[T]):
    """A question, and what its answer comes to. Awaited, it is asked alone."""

    __slots__ = ("_finish", "question", "source")

    def __init__(self, source: Source, question: Any, finish: Callable[[Any], T]) -> None:
        self.source = source
        self.question = question
        self._finish = finish

    def then(self, function: Callable[[T], U]) -> "Joint[U]":
        """The same question; `function` goes on with what the answer comes to."""
        finish = self._finish
        return Joint(self.source, self.question, lambda answer: function(finish(answer)))

    def finish(self, answer: Any) -> T:
        """What an answer comes to; raises it if it is an exception."""
        if isinstance(answer, Exception):
            raise answer
        return self._finish(answer)

    def __await__(self) -> Generator[Any, Any, T]:
        """Ask."""
        answers = yield from self.source.answer([self.question]).__await__()
        return self.finish(answers[0])

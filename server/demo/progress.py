"""What the demo says while it works, on stderr: a bar for a person, a line per step for a log."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar


class Step:
    """One step of the job; `advance` counts what was done."""

    def __init__(self, report: Callable[[int], None]) -> None:
        self.done = 0
        self._report = report

    def advance(self, count: int) -> None:
        """Count on."""
        self.done += count
        self._report(self.done)


class Progress:
    """Shows steps as they go."""

    def __init__(self, console: Console, now: Callable[[], float]) -> None:
        self._console = console
        self._now = now

    @contextmanager
    def step(self, title: str, unit: str | None) -> Iterator[Step]:
        """A step with its count and time; `unit` names what is counted."""
        begun = self._now()
        bar = Bar(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} " + unit if unit else ""),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        with bar:
            task = bar.add_task(title, total=None)
            step = Step(lambda done: bar.update(task, completed=done))
            yield step
        count = f"{step.done:,} {unit}, " if unit else ""
        self._console.print(f"{title}: {count}{self._now() - begun:.1f} s", highlight=False)

    def warn(self, message: str) -> None:
        """Something went wrong that does not end the job."""
        self._console.print(f"warning: {message}", style="yellow", highlight=False, markup=False)

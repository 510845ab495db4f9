"""Applications that one test after the other borrows.

An application works out its routes at its first request, which takes longer than most tests. What
a test gives it to work with lies in its state alone, so it can be lent again with another state.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.datastructures import State


@dataclass(frozen=True, slots=True)
class Applications:
    """Applications of one kind; another is made only while all are lent."""

    make: Callable[[], FastAPI]
    free: list[FastAPI] = field(default_factory=list)

    @contextmanager
    def lent(self) -> Iterator[FastAPI]:
        """One that nobody else has; what is put into its state meanwhile leaves with the test."""
        app = self.free.pop() if self.free else self.make()
        bare = app.state
        app.state = State({name: bare[name] for name in bare})
        try:
            yield app
        finally:
            app.state = bare
            self.free.append(app)

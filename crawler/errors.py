"""The one error tree. Every error says what failed, on what, and what to do."""

from __future__ import annotations

from functools import partial


class RoutewireError(Exception):
    """An expected failure.

    `message` says what failed, `subject` on what (an address, a file, a line), `remedy` what to do.
    """

    def __init__(self, message: str, *, subject: str = "", remedy: str = "") -> None:
        super().__init__(message, subject, remedy)
        self.message = message
        self.subject = subject
        self.remedy = remedy

    def __reduce__(self) -> tuple[partial[RoutewireError], tuple[str]]:
        """Errors cross process borders; without this, unpickling one fails and takes its words with it."""
        return partial(type(self), subject=self.subject, remedy=self.remedy), (self.message,)

    def __str__(self) -> str:
        text = f"{self.subject}: {self.message}" if self.subject else self.message
        if self.__cause__ is not None:
            text += f" ({type(self.__cause__).__name__}: {self.__cause__})"
        return f"{text}; {self.remedy}" if self.remedy else text


class Transient(RoutewireError):
    """May succeed when tried again: a timeout, a 503, a locked database."""


class Permanent(RoutewireError):
    """Fails each time until somebody changes the input: a cut file, a wrong setting, an unreadable page."""


class WrongCall(Permanent):
    """What was asked cannot be understood: a query with a mistake, a name that there is not. A command ends with 2."""

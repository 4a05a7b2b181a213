"""What the studio answers where it cannot do what was asked: a status, a code and a sentence, no more."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import HTTPException, status


class StudioProblem(HTTPException):
    """A refusal that a creator understands.

    Attributes:
        code: For programs; the sentence may change, the code does not.
    """

    def __init__(
        self, status_code: int, code: str, sentence: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status_code, sentence, dict(headers) if headers else None)
        self.code = code


def not_found() -> StudioProblem:
    """Return the answer to what is not there, and to what is somebody else's: nobody can tell which."""
    return StudioProblem(status.HTTP_404_NOT_FOUND, "not_found", "There is no such thing of yours.")


def conflict(code: str, sentence: str) -> StudioProblem:
    """Return the answer to what made sense, but not as things stand now."""
    return StudioProblem(status.HTTP_409_CONFLICT, code, sentence)


def unprocessable(code: str, sentence: str) -> StudioProblem:
    """Return the answer to what makes no sense."""
    return StudioProblem(status.HTTP_422_UNPROCESSABLE_CONTENT, code, sentence)


def unavailable() -> StudioProblem:
    """Return the answer where something that the studio needs does not answer."""
    return StudioProblem(
        status.HTTP_503_SERVICE_UNAVAILABLE,
        "unavailable",
        "Something that we need for this does not answer just now. Please try again in a moment.",
        {"Retry-After": "5"},
    )

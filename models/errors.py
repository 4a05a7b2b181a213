"""The roots of Dubwright's one error tree, and the leaves that models raise.

The whole tree is drawn in `pipeline_ops/errors.py`; the roots stand here because `models` imports
nothing of `pipeline_ops`.
"""

from __future__ import annotations


class DubwrightError(Exception):
    """Any error that Dubwright raises on purpose."""


class RejectedInputError(DubwrightError):
    """The input cannot be translated: a verdict, not a fault.

    Attributes:
        reason_code: One of `pipeline_ops.verdicts.REASONS`, stable, for machines.
        message: A sentence that the creator of the video understands.
        evidence: The rejecting stage's result, stored with the verdict; None where it has none.
    """

    def __init__(self, reason_code: str, message: str, evidence: object | None = None) -> None:
        super().__init__(message)
        self.reason_code = reason_code
        self.message = message
        self.evidence = evidence

    def __reduce__(self) -> tuple[type[RejectedInputError], tuple[str, str]]:
        """Survive pickling between processes."""
        return type(self), (self.reason_code, self.message)


class WorldError(DubwrightError):
    """Something outside failed (network, storage, disk, a killed process): worth trying again."""


class FaultError(DubwrightError):
    """Dubwright or its configuration is wrong: trying again changes nothing."""


class WeightsUnavailableError(WorldError):
    """No source of a model's file could be reached."""


class ModelUnavailableError(WorldError):
    """A model on another machine did not answer, or has no room for now.

    Attributes:
        retry_after_s: When it wants to be asked again, where it said so.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelRefusedError(FaultError):
    """A model on another machine refused a question: its key, its name or its settings are wrong."""


class WeightsDigestError(FaultError):
    """A model's file has another sha256 than the catalog pins."""


class ModelProcessError(WorldError):
    """The process in which a model runs died, hung, or found no memory."""


class UnknownModelError(FaultError):
    """A profile or a request names a model or a capability that the catalog does not have."""


class UnsupportedLanguageError(FaultError):
    """A model was asked for a language or a pair that it does not serve."""


class ModelOutputError(FaultError):
    """A model returned something unusable (no samples, not a number, the wrong number of lines)."""

"""What a stage is: a plain function of typed values, with a name, a version and what it needs.

    @stage(version=1, capability="speech_separation", resources=Resources(memory_mb=900))
    def separate(*, audio: FlacFile, model: SpeechSeparator, scratch: Path) -> SeparatedAudio: ...

Every argument is keyword-only. Six names are reserved: `model` (the engine of the stage's
capability), `parameters` (a frozen dataclass, part of the checkpoint's key), `scratch` (an empty
folder for the files that it returns), `memory` (small parts of its work that it did before), `signer` (who
signs manifests) and `lineage` (the checkpoint that the result becomes, and the models upstream). Names of
`judges` are models too, which measure what the stage's own model makes. All others are inputs, fed by
artefacts of earlier stages. The result is a frozen dataclass, one artefact a field (see `artefacts.py`).
"""

from __future__ import annotations

import functools
import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, ParamSpec, TypeVar

from models.base import Capability
from pipeline_ops.artefacts import fields_of

P = ParamSpec("P")
R = TypeVar("R")

RESERVED_ARGUMENTS = frozenset({"model", "parameters", "scratch", "memory", "signer", "lineage"})


@dataclass(frozen=True, slots=True)
class Resources:
    """What a stage needs of a machine, for queues, pools and time limits.

    Attributes:
        memory_mb: Peak memory, rounded up from measurement.
        gpu: Whether it gains from a GPU.
        timeout_s: After this long it is hung, not slow.
    """

    memory_mb: int = 500
    gpu: bool = False
    timeout_s: int = 1800


@dataclass(frozen=True)
class Stage(Generic[P, R]):
    """One step of a translation. Call it as the function that it is."""

    name: str
    version: int
    function: Callable[P, R]
    capability: Capability | None = None
    resources: Resources = field(default_factory=Resources)
    judges: Mapping[str, Capability] = field(default_factory=dict)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run the stage's function."""
        return self.function(*args, **kwargs)

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or self.name).splitlines()[0]

    @functools.cached_property
    def _hints(self) -> dict[str, Any]:
        return typing.get_type_hints(self.function, include_extras=True)

    @functools.cached_property
    def input_types(self) -> dict[str, Any]:
        """Each input's name with its type."""
        return {
            name: hint
            for name, hint in self._hints.items()
            if name != "return" and name not in RESERVED_ARGUMENTS and name not in self.judges
        }

    @functools.cached_property
    def output_types(self) -> dict[str, Any]:
        """Each artefact's name with its type."""
        return fields_of(self._hints["return"])

    @property
    def result_type(self) -> Any:
        """The dataclass that it returns."""
        return self._hints["return"]

    @property
    def parameters_type(self) -> Any | None:
        """The dataclass of its parameters, or None where it has none."""
        return self._hints.get("parameters")

    def may_do_without(self, judge: str) -> bool:
        """Tell whether the stage runs where no model judges the language."""
        return type(None) in typing.get_args(self._hints[judge])

    @property
    def wants_scratch(self) -> bool:
        """Whether it writes files."""
        return "scratch" in self._hints

    @property
    def wants_memory(self) -> bool:
        """Whether it remembers parts of its work."""
        return "memory" in self._hints

    @property
    def wants_signer(self) -> bool:
        """Whether it signs what it makes."""
        return "signer" in self._hints

    @property
    def wants_lineage(self) -> bool:
        """Whether it says in what it makes where that comes from."""
        return "lineage" in self._hints


def stage(
    *,
    version: int,
    capability: Capability | None = None,
    resources: Resources | None = None,
    judges: Mapping[str, Capability] | None = None,
) -> Callable[[Callable[P, R]], Stage[P, R]]:
    """Make a stage of a function; the stage's name is the function's.

    Args:
        version: Raise it with every change that can change a result: it is part of the checkpoint's key.
        capability: What the stage asks of a model; the profile says which model answers.
        resources: What the stage needs of a machine.
        judges: Argument -> capability of a model that measures what the stage's own model makes. It is part
            of the key, but made nothing: lineage and upgrades go by `capability`. Where the argument may be
            None, the stage does without in a language that no such model serves.
    """

    def decorate(function: Callable[P, R]) -> Stage[P, R]:
        return Stage(function.__name__, version, function, capability, resources or Resources(), judges or {})

    return decorate

"""Ends a command with a sentence instead of a stack trace."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from pipeline_ops.commands.exit_codes import FAULT
from pipeline_ops.errors import DubwrightError


@contextmanager
def plain_errors(console: Console) -> Iterator[None]:
    """Turn an error of Dubwright's into its message and exit code 1."""
    try:
        yield
    except DubwrightError as error:
        console.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        raise typer.Exit(FAULT) from error

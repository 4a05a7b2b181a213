"""How a finished dub stands before its viewers, and a person's decision on it."""

from __future__ import annotations

from typing import Literal

from dubwright_inspection.catalog_access import CatalogAccess

from pipeline_ops.catalog.history import Translation, translations
from pipeline_ops.catalog.publishing import UNDECIDED, approve, refuse
from pipeline_ops.errors import SettingsError

Choice = Literal["approve", "refuse"]


def standing(catalog: CatalogAccess, run_id: str, language: str) -> Translation | None:
    """Return what the catalog knows of a run's translation, None where it knows none (yet).

    Raises:
        SettingsError: the catalog is of another release.
        CatalogUnavailableError: it does not answer.
    """
    with catalog.reading() as session:
        return next(iter(translations(session, run_id=run_id, language=language, limit=1)), None)


def waits(translation: Translation | None) -> bool:
    """Tell whether somebody is to decide on a translation."""
    return translation is not None and translation.state in UNDECIDED


def decide(
    catalog: CatalogAccess, run_id: str, language: str, choice: Choice, *, seen: str, by: str, note: str
) -> None:
    """Approve or refuse the dub that a person saw.

    Args:
        catalog: Where the decision is kept.
        run_id: Whose translation it is.
        language: Into which language.
        choice: What was decided.
        seen: The checkpoint that the person looked at.
        by: Who decided.
        note: Why, in their words.

    Raises:
        SettingsError: it was made anew meanwhile, somebody else decided first, or there is none.
        CatalogUnavailableError: the catalog does not answer.
    """
    with catalog.writing() as session:
        found = next(iter(translations(session, run_id=run_id, language=language, limit=1)), None)
        if found is not None and found.checkpoint != seen:
            message = "This dub was made anew while you looked at it. Look at it again, then decide."
            raise SettingsError(message)
        act = approve if choice == "approve" else refuse
        act(session, run_id, language, by=by, note=note)

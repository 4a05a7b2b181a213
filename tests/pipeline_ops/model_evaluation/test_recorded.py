from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.history import translations
from pipeline_ops.model_evaluation.recorded import take_report
from pipeline_ops.platform import Platform
from tests.pipeline_ops.upgrades.making import platform_in, request_for, run


@pytest.fixture
def platform(tmp_path: Path) -> Platform:
    return platform_in(tmp_path)


@pytest.fixture
def catalog(platform: Platform) -> Iterator[CatalogDatabase]:
    with open_catalog(platform.settings) as opened:
        yield opened


def test_a_run_that_was_never_recorded_has_no_report(catalog: CatalogDatabase, platform: Platform) -> None:
    assert take_report(catalog, platform, "evaluation-1-0-a", by="evaluation") is None


def test_what_was_made_for_an_evaluation_waits_for_nobody(
    catalog: CatalogDatabase, platform: Platform
) -> None:
    from pipeline_ops.errors import DamagedArtefactError

    run(catalog, platform, "evaluation-1-0-a", request_for(platform, "talk", "pt"), held=True)
    for _ in range(2):  # it may be asked for again
        with pytest.raises(DamagedArtefactError):  # the pretended run has stored none
            take_report(catalog, platform, "evaluation-1-0-a", by="evaluation")
    with catalog.reading() as session:
        [translation] = translations(session)
    assert translation.state == "refused"

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import yaml

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.errors import SettingsError
from pipeline_ops.rating_app.definition import CampaignDefinition, read_campaign
from tests.pipeline_ops.rating_app.making import open_round, write_campaign

CLIP = {"content": "a", "system": "s", "file": "clip.mp4"}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"dimensions": ["beauty"]}, "dimensions are some of"),
        ({"clips": [CLIP, CLIP]}, "two clips are test"),
        ({"clips": [{**CLIP, "role": "attention"}]}, "what is expected"),
        ({"clips": [{**CLIP, "role": "attention", "expected": 0}]}, "a score between"),
        ({"clips": [CLIP], "dimensions": ["translation"]}, "lacks its original"),
        ({"clips": [{**CLIP, "role": "reference"}], "kind": "preferences"}, "preferences does not have"),
        ({"clips": [{**CLIP, "file": "gone.mp4"}]}, "which is not there"),
        ({"id": "Not An Id"}, "id:"),
        ({"surprise": 1}, "surprise:"),
    ],
)
def test_what_makes_no_sense_is_told(tmp_path: Path, changes: dict[str, object], complaint: str) -> None:
    with pytest.raises(SettingsError, match=complaint):
        read_campaign(write_campaign(tmp_path, **changes))


def test_a_campaign_that_cannot_be_opened_leaves_no_media_behind(tmp_path: Path) -> None:
    with CatalogDatabase(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        catalog.migrate()
        with pytest.raises(SettingsError, match="at least two systems"):
            open_round(catalog, tmp_path, kind="preferences", clips=[CLIP], attention_per_rater=0)
    assert list((tmp_path / "media").iterdir()) == []


def test_the_example_of_the_docs_is_a_campaign() -> None:
    page = (Path(__file__).parents[3] / "docs" / "ratings.md").read_text(encoding="utf-8")
    example = page.split("```yaml")[1].split("```")[0]
    campaign = CampaignDefinition.model_validate(yaml.safe_load(textwrap.dedent(example)))
    assert campaign.asked() == ("translation", "voice", "naturalness", "lip_sync", "overall")
    assert {clip.role for clip in campaign.clips} == {"test", "reference", "calibration"}

"""Which renderings are kept."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline_ops.quality.face_identity import IdentityChange
from pipeline_ops.quality.lip_sync import LipSync
from pipeline_ops.stages.judge_lips import LONGEST_JUDGED_S, TrackJudgement, decide, judged_stretch

SAME = IdentityChange(0.001, 0.3)


def judged(*, better: bool, told: bool = True, identity: IdentityChange = SAME) -> TrackJudgement:
    sync = LipSync(0.0, 0.5, 0.5, 0.5, 0.0, 0.1, 200) if told else None
    return TrackJudgement(0, 0, 100, None, sync, identity, 1.0, 1.0, better, "")


@pytest.mark.parametrize(
    ("tracks", "reason"),
    [
        ([judged(better=True)], None),
        ([judged(better=True), judged(better=False, told=False)], None),
        ([judged(better=True), judged(better=False)], "not_better"),
        ([judged(better=False, told=False)], "not_better"),
        ([judged(better=True, identity=IdentityChange(0.02, 0.3))], "another_identity"),
        ([judged(better=True, identity=IdentityChange(0.001, 9.0))], "another_identity"),
    ],
    ids=["better", "one too brief to tell", "one worse", "none can be told", "another face", "another skin"],
)
def test_a_picture_is_kept_only_where_nobody_is_worse(
    tracks: list[TrackJudgement], reason: str | None
) -> None:
    judgement = decide(tracks)
    assert judgement.reason == reason
    assert judgement.kept is (reason is None)


def test_a_long_rendering_is_judged_by_its_first_minute() -> None:
    times_s = (np.arange(10_000) / 25.0).tolist()
    first, last = judged_stretch([(100, 4000), (5000, 9000)], times_s)
    assert first == 100
    assert times_s[last] - times_s[first] == pytest.approx(LONGEST_JUDGED_S, abs=0.05)


def test_a_short_one_is_judged_whole() -> None:
    assert judged_stretch([(10, 40), (60, 90)], (np.arange(200) / 25.0).tolist()) == (10, 90)

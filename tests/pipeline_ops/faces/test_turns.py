"""Turns: who clearly speaks, and who slightly does and speaks beside."""

from __future__ import annotations

from pipeline_ops.faces.turns import settle
from pipeline_ops.quality.speaking_face import Evidence
from tests.pipeline_ops.faces.made_faces import spans


def test_a_slight_lead_is_enough_for_who_speaks_right_before_or_after() -> None:
    clear = {0: Evidence(0.2, 0.5), 1: Evidence(0.2, 0.1)}
    slight = {0: Evidence(0.2, 0.4), 1: Evidence(0.2, 0.33)}
    assert settle(spans((0, 1), (1.5, 2)), [clear, slight], {}) == [0, 0]
    assert settle(spans((0, 1), (1.5, 2)), [slight, clear], {}) == [0, 0]
    assert settle(spans((0, 1), (4, 5)), [clear, slight], {}) == [0, None]
    assert settle(spans((0, 1)), [slight], {}) == [None]


def test_a_slight_lead_does_not_spread_from_piece_to_piece() -> None:
    clear = {0: Evidence(0.2, 0.5), 1: Evidence(0.2, 0.1)}
    slight = {0: Evidence(0.2, 0.4), 1: Evidence(0.2, 0.33)}
    assert settle(spans((0, 1), (1, 2), (2, 3)), [clear, slight, slight], {}) == [0, 0, None]


def test_a_slight_lead_of_somebody_else_counts_for_nothing() -> None:
    clear = {0: Evidence(0.2, 0.5), 1: Evidence(0.2, 0.1)}
    other = {0: Evidence(0.2, 0.33), 1: Evidence(0.2, 0.4)}
    assert settle(spans((0, 1), (1, 2)), [clear, other], {}) == [0, None]


def test_where_nobody_is_in_the_picture_nobody_speaks() -> None:
    assert settle(spans((0, 1)), [{}], {}) == [None]


def test_who_is_alone_is_judged_by_the_whole_shot_as_well() -> None:
    weak = {7: Evidence(0.2, 0.12)}
    assert settle(spans((0, 1)), [weak], {7: 0.5}) == [7]
    assert settle(spans((0, 1)), [weak], {7: 0.13}) == [None]

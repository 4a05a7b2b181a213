from __future__ import annotations

import pytest

from pipeline_ops.graph import (
    GRAPH,
    NODES,
    PACKAGE_STAGE,
    Node,
    check_graph,
    last_stages,
    nodes_of,
)
from pipeline_ops.operators.edges import ancestors


def test_every_input_is_fed_by_an_earlier_artefact_of_its_type() -> None:
    check_graph()


def test_no_stage_of_the_video_waits_for_a_language() -> None:
    video = {node.name for node in nodes_of("video")}
    for node in nodes_of("video"):
        assert set(node.upstream) <= video


def test_costly_stages_wait_for_the_cheap_verdict() -> None:
    assert "judge_eligibility" in NODES["separate"].upstream


def test_lips_are_drawn_and_the_file_is_measured_only_of_what_is_in_time() -> None:
    assert "gate_timing" in NODES["render_lips"].upstream
    assert {"gate_timing", "render_lips"} <= ancestors(NODES["evaluate"])


@pytest.mark.parametrize(
    ("graph", "complaint"),
    [
        ((NODES["decode_audio"],), "does not come before"),
        ((Node(NODES["probe"].stage, "video"),), "is fed"),
        (
            (
                NODES["probe"],
                Node(
                    NODES["decode_audio"].stage,
                    "video",
                    {"source": "ingest.source", "media": "probe.nothing"},
                ),
            ),
            "probe.nothing",
        ),
    ],
)
def test_a_graph_that_does_not_fit_is_refused(graph: tuple[Node, ...], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        check_graph(graph)


def test_every_stage_has_a_summary_for_people() -> None:
    for node in GRAPH:
        assert node.stage.summary.endswith(".")


def test_a_language_ends_with_its_streams_and_a_video_with_nothing_of_its_own() -> None:
    assert PACKAGE_STAGE in last_stages()
    assert "label_and_mux" in NODES[PACKAGE_STAGE].upstream
    assert last_stages("video") == ()


def test_no_stage_can_be_fed_a_group_of_files() -> None:
    fed = Node(
        NODES["package"].stage, "language", {**NODES["package"].feeds, "lines": "package_source.stills"}
    )
    with pytest.raises(ValueError, match="a group of files"):
        check_graph((*(node for node in GRAPH if node.name != "package"), fed))

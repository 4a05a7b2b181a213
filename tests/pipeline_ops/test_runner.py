"""Running one stage: what is stored, and what the next stage is handed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from models.base import SpeechRecognizer
from pipeline_ops.artefacts import SourceFile, VideoFile
from pipeline_ops.checkpoints.manifest import NOTHING, ModelRecord, checkpoint_key
from pipeline_ops.graph import INGEST, Node
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.runner import ingest, run_stage
from pipeline_ops.settings import Settings
from pipeline_ops.stage import stage
from pipeline_ops.verdicts import rejection
from pipeline_ops.work import work_of


@dataclass(frozen=True)
class Picture:
    picture: VideoFile | None


@dataclass(frozen=True)
class Seen:
    length: int


@dataclass(frozen=True)
class DrawParameters:
    draws: bool = False


@stage(version=1)
def draw(*, source: SourceFile, parameters: DrawParameters, scratch: Path) -> Picture:
    """Draw a picture, or none."""
    if not parameters.draws:
        return Picture(None)
    path = scratch / "picture.mp4"
    path.write_bytes(source.read_bytes())
    return Picture(path)


@stage(version=1)
def look(*, picture: VideoFile | None) -> Seen:
    """Say how large a picture is; -1 where there is none."""
    return Seen(-1 if picture is None else picture.stat().st_size)


@stage(version=1, judges={"ears": "speech_recognition"})
def listen(*, source: SourceFile, ears: SpeechRecognizer | None) -> Seen:
    """Say whether somebody listens."""
    return Seen(int(ears is not None))


@stage(version=1)
def refuse(*, source: SourceFile, scratch: Path) -> Picture:
    """Reject every source, with a picture of why."""
    picture = scratch / "picture.mp4"
    picture.write_bytes(source.read_bytes())
    raise rejection("no_speech", evidence=Picture(picture), speech_s=0.0)


DRAW = Node(draw, "video", {"source": "ingest.source"})
LOOK = Node(look, "video", {"picture": "draw.picture"})
REFUSE = Node(refuse, "video", {"source": "ingest.source"})
LISTEN = Node(listen, "language", {"source": "ingest.source"})


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Platform:
    monkeypatch.setattr("pipeline_ops.runner.NODES", {"draw": DRAW, "look": LOOK})
    return Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(tmp_path / "home")}))


def test_what_a_stage_rejects_with_is_stored_beside_its_verdict(platform: Platform, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"video")
    request = Request(ingest(source, platform), ("pt",), "embedded")
    run = run_stage(REFUSE, request, None, {INGEST: request.source}, platform)
    assert run.verdict is not None
    assert (run.manifest.outcome, run.verdict.reason_code) == ("rejected", "no_speech")
    assert platform.store.read_bytes(run.reference, "picture") == b"video"
    again = run_stage(REFUSE, request, None, {INGEST: request.source}, platform)
    assert (again.reused, again.verdict) == (True, run.verdict)


@pytest.mark.parametrize(("draws", "length"), [(True, 5), (False, -1)])
def test_a_file_that_a_stage_did_not_make_reaches_the_next_as_none(
    platform: Platform, tmp_path: Path, draws: bool, length: int
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"video")
    request = Request(
        ingest(source, platform), ("pt",), "embedded", stage_parameters={"draw": {"draws": draws}}
    )
    references = {INGEST: request.source}
    drawn = run_stage(DRAW, request, None, references, platform)
    assert [artefact.name for artefact in drawn.manifest.artefacts] == ["picture"] * draws
    seen = run_stage(LOOK, request, None, {**references, "draw": drawn.reference}, platform)
    assert platform.store.read_bytes(seen.reference, "length") == str(length).encode()
    assert (seen.manifest.inputs["picture"].sha256 == NOTHING) is not draws
    assert run_stage(LOOK, request, None, {**references, "draw": drawn.reference}, platform).reused


def test_an_empty_upload_is_there(platform: Platform, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.touch()
    request = Request(ingest(source, platform), ("pt",), "embedded")
    drawn = run_stage(DRAW, request, None, {INGEST: request.source}, platform)
    assert drawn.manifest.inputs["source"].sha256 != NOTHING


def test_models_that_judge_decide_the_key_only_where_there_are_any() -> None:
    def key(judges: dict[str, ModelRecord] | None) -> str:
        return checkpoint_key(
            stage="x", stage_version=1, parameters={}, model=None, input_digests={}, judges=judges
        )

    one, other = ModelRecord("resemblyzer", "0" * 64), ModelRecord("other", "0" * 64)
    assert key(None) == key({})
    assert len({key(None), key({"encoder": one}), key({"encoder": other}), key({"judge": one})}) == 4


@pytest.mark.parametrize(("language", "recognised"), [("pt", True), ("hi", False)])
def test_a_judge_that_may_be_missing_is_none_in_a_language_that_it_does_not_serve(
    platform: Platform, tmp_path: Path, language: str, recognised: bool
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"video")
    reference = ingest(source, platform)
    request = Request(reference, (language,), "embedded")
    work = work_of(LISTEN, request, language, {INGEST: reference}, platform)
    assert set(work.judge_records) == ({"ears"} if recognised else set())
    assert LISTEN.stage.input_types.keys() == {"source"}


@dataclass(frozen=True)
class Pieces:
    count: int
    pieces: dict[str, VideoFile]


@stage(version=1)
def cut(*, source: SourceFile, scratch: Path) -> Pieces:
    """Cut a file into single bytes."""
    files = {}
    for number, byte in enumerate(source.read_bytes()):
        files[f"piece_{number}"] = scratch / f"{number}.mp4"
        files[f"piece_{number}"].write_bytes(bytes([byte]))
    return Pieces(len(files), files)


def test_each_file_of_a_group_is_an_artefact_of_its_own(platform: Platform, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"abc")
    request = Request(ingest(source, platform), ("pt",), "embedded")
    node = Node(cut, "video", {"source": "ingest.source"})
    made = run_stage(node, request, None, {INGEST: request.source}, platform)
    assert {artefact.name: artefact.media_type for artefact in made.manifest.artefacts} == {
        "count": "application/json",
        **{f"pieces.piece_{number}": "video/mp4" for number in range(3)},
    }
    assert platform.store.read_bytes(made.reference, "pieces.piece_1") == b"b"
    assert platform.store.fetch(made.reference, "pieces.piece_2", tmp_path).read_bytes() == b"c"

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from models.types import LanguageIdentification
from pipeline_ops.safety.signing import DevelopmentSigner, certificate_sha256, development_signer
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.stages.revise_lines import LineEdit
from pipeline_ops.stages.sign import SignedTranslation, SignParameters, sign
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip, measured
from tests.pipeline_ops.safety.making import ORIGIN

EDIT = LineEdit("pt", 0, "Good morning.", "Bom dia a todos.", "ann", "2026-11-26T12:00:00+00:00")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("sign")
    make_clip(made / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)
    for name in ("a.vtt", "a.srt", "b.vtt", "b.srt"):
        (made / name).write_text(name)
    np.save(made / "words.npy", np.arange(1, 100, dtype=np.uint32))
    return made


def signed(
    folder: Path, scratch: Path, *, kept: bool = False, edits: tuple[LineEdit, ...] = ()
) -> tuple[DevelopmentSigner, SignedTranslation]:
    signer = development_signer(folder / "signing")
    result = sign(
        source=folder / "clip.mp4",
        media=measured(folder / "clip.mp4"),
        language=LanguageIdentification("en", 0.99),
        lips=LipJudgement(kept, None if kept else "not_rendered", ()),
        edits=edits,
        fingerprint=folder / "words.npy",
        video=folder / "clip.mp4",
        subtitles=folder / "a.vtt",
        subtitles_srt=folder / "a.srt",
        source_subtitles=folder / "b.vtt",
        source_subtitles_srt=folder / "b.srt",
        signer=signer,
        lineage=ORIGIN,
        parameters=SignParameters("pt", certificate_sha256(signer)),
        scratch=scratch,
    )
    return signer, result


def test_what_was_done_is_told_and_nothing_else(folder: Path, tmp_path: Path) -> None:
    _, plain = signed(folder, tmp_path)
    assert plain.manifest.actions == ("c2pa.opened", "c2pa.dubbed", "c2pa.translated")
    _, edited = signed(folder, tmp_path, kept=True, edits=(EDIT,))
    assert edited.manifest.actions == (*plain.manifest.actions, "c2pa.edited")


def test_the_certificate_is_told_and_every_signature_has_a_name_of_its_own(
    folder: Path, tmp_path: Path
) -> None:
    signer, first = signed(folder, tmp_path)
    _, second = signed(folder, tmp_path)
    assert first.manifest.certificate_sha256 == certificate_sha256(signer)
    assert first.manifest.label != second.manifest.label


def test_subtitles_pass_through_as_files_of_the_stages_own(folder: Path, tmp_path: Path) -> None:
    _, result = signed(folder, tmp_path)
    passed = (
        result.subtitles,
        result.subtitles_srt,
        result.source_subtitles,
        result.source_subtitles_srt,
    )
    assert [path.read_text() for path in passed] == ["a.vtt", "a.srt", "b.vtt", "b.srt"]
    assert {path.parent for path in passed} == {tmp_path}

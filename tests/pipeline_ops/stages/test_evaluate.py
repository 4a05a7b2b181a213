"""`evaluate` on six seconds that were made up, so that every figure is known before it is measured."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from models.types import (
    LanguageIdentification,
    SpeechQuality,
    TimeSpan,
    Transcript,
    TranscriptSegment,
    Utterance,
    VoiceDesign,
    Word,
    Wording,
)
from pipeline_ops.errors import StageOutputError
from pipeline_ops.media.loudness import measure_file
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.subtitles import SubtitleLine
from pipeline_ops.quality.face_identity import IdentityChange
from pipeline_ops.quality.lip_sync import LipSync
from pipeline_ops.stages.evaluate import EvaluateParameters, Evaluation, evaluate
from pipeline_ops.stages.judge_lips import LipJudgement, TrackJudgement
from pipeline_ops.stages.label_and_mux import LabelParameters, label_and_mux
from pipeline_ops.stages.mix import MixFacts
from pipeline_ops.stages.translate import TranslatedLine
from pipeline_ops.timing import Placement
from pipeline_ops.voices.records import SpeakerVoice
from pipeline_ops.voices.takes import Take
from tests.pipeline_ops.media.clips import make_clip, measured
from tests.pipeline_ops.stages.test_mix import babble

RATE_HZ, HEARD_RATE_HZ = 48_000, 16_000
LENGTH_S = 6.0
ORIGINAL = (TimeSpan(0.5, 2.5), TimeSpan(3.3, 5.1))
DUB = (TimeSpan(0.5, 2.4), TimeSpan(3.4, 5.2))
TEXTS = ("um dois três quatro cinco", "seis sete oito nove dez")
MEDIA_TOLERANCE_S = 0.05
"""AAC works in frames of 21 ms, pictures in frames of 40."""


def track(seed: int, spans: tuple[TimeSpan, ...], level: float) -> np.ndarray:
    """A voice: noise that swells, within the spans."""
    sound = np.zeros(round(LENGTH_S * RATE_HZ))
    for number, span in enumerate(spans):
        first = round(span.start_s * RATE_HZ)
        samples = babble(seed + number, span.duration_s, RATE_HZ, level)
        sound[first : first + len(samples)] = samples
    return sound


@dataclass(frozen=True)
class Made:
    """A translation as stages leave it, with its files."""

    media: MediaInfo
    source: Path
    video: Path
    original: Path
    original_speech: Path
    dub_speech: Path
    original_lufs: float


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("made")
    bed = babble(9, LENGTH_S, RATE_HZ, 0.01)
    voice, dub = track(1, ORIGINAL, 0.08), track(5, DUB, 0.08)
    for name, samples in {"original": bed + voice, "voice": voice, "dub": bed + dub, "said": dub}.items():
        soundfile.write(folder / f"{name}.flac", samples, RATE_HZ, subtype="PCM_24")
    picture = ("-f", "lavfi", "-i", f"testsrc2=s=160x120:r=25:d={LENGTH_S}")
    encoding = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-b:a", "192k")
    source = make_clip(folder / "source.mp4", *picture, "-i", str(folder / "original.flac"), *encoding)
    media = measured(source)
    subtitles = tuple(
        SubtitleLine(span.start_s, span.end_s, text) for span, text in zip(DUB, TEXTS, strict=True)
    )
    muxed = label_and_mux(
        source=source,
        media=media,
        dub=folder / "dub.flac",
        source_lines=subtitles,
        target_lines=subtitles,
        language=LanguageIdentification("en", 0.99),
        new_picture=None,
        lips=LipJudgement(kept=False, reason="not_rendered", tracks=()),
        parameters=LabelParameters("pt"),
        scratch=folder,
    )
    return Made(
        media,
        source,
        muxed.video,
        folder / "original.flac",
        folder / "voice.flac",
        folder / "said.flac",
        measure_file(folder / "original.flac").integrated_lufs,
    )


def evaluated(made: Made, scratch: Path, **changes: Any) -> Evaluation:
    nobody = dict.fromkeys(("recognizer", "identifier", "encoder", "sentences", "listener"))
    arguments: dict[str, Any] = {
        "source": made.source,
        "media": made.media,
        "utterances": tuple(
            Utterance(place, "ann", span.start_s, span.end_s, f"line {place}")
            for place, span in enumerate(ORIGINAL)
        ),
        "lines": tuple(
            TranslatedLine(place, f"line {place}", (Wording(text),), ()) for place, text in enumerate(TEXTS)
        ),
        "regions": ORIGINAL,
        "language": LanguageIdentification("en", 0.99),
        "takes": tuple(
            Take(place, place, text, "plain", 0.0, "ann", 1.0, 0, 1, 1.8, 1.8)
            for place, text in enumerate(TEXTS)
        ),
        "placements": tuple(
            Placement(place, place, dub.start_s, dub.end_s, line.start_s, line.end_s, 1.1 + 0.2 * place, 1.0)
            for place, (dub, line) in enumerate(zip(DUB, ORIGINAL, strict=True))
        ),
        "dub_speech": made.dub_speech,
        "original": made.original,
        "original_speech": made.original_speech,
        "facts": MixFacts(
            made.original_lufs, made.original_lufs, -3.0, 0.0, (0.0, 0.0), (0.0, 0.0), limited=False
        ),
        "voices": (),
        "lips": LipJudgement(kept=False, reason="not_rendered", tracks=()),
        "video": made.video,
        **nobody,
        "parameters": EvaluateParameters("pt"),
        "scratch": scratch,
    }
    result: Evaluation = evaluate(**{**arguments, **changes})
    return result


@pytest.fixture(scope="module")
def good(made: Made, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    return evaluated(made, tmp_path_factory.mktemp("good"))


def test_a_finished_file_that_is_as_it_should_be_shows_no_difference(good: Evaluation) -> None:
    metrics = good.metrics
    assert metrics.sound_offset_s == pytest.approx(0.0, abs=0.02)
    assert metrics.loudness_difference_lu == pytest.approx(0.0, abs=1.0)
    assert metrics.background_change_db == pytest.approx(0.0, abs=0.5)
    assert metrics.background_correlation == pytest.approx(1.0, abs=0.05)
    assert metrics.clipped_share == 0.0
    assert metrics.duration_difference_s == pytest.approx(0.0, abs=MEDIA_TOLERANCE_S)
    assert metrics.sound_end_difference_s == pytest.approx(0.0, abs=MEDIA_TOLERANCE_S)
    assert (metrics.picture_frames_difference, metrics.frozen_share, metrics.subtitle_tracks) == (0, 0.0, 2)


def test_times_are_those_of_the_placements(good: Evaluation) -> None:
    metrics = good.metrics
    assert metrics.line_count == len(DUB)
    assert metrics.speed_mean == pytest.approx(1.2)
    assert metrics.speed_max == pytest.approx(1.3)
    assert metrics.hurried_share == 0.5
    assert metrics.overflow_max_s == pytest.approx(0.1)
    assert metrics.start_error_p95_s == pytest.approx(0.095)  # 0 and 0.1 s


def test_every_line_is_held_against_its_original_by_loudness(good: Evaluation) -> None:
    assert [line.index for line in good.heard] == [0, 1]
    for line in good.heard:
        assert line.level_difference_lu == pytest.approx(0.0, abs=1.0)


def test_where_nobody_listens_nothing_is_said(good: Evaluation) -> None:
    metrics = good.metrics
    assert [line.heard for line in good.heard] == [None, None]
    assert not metrics.lips_changed
    for figure in ("word_error_rate", "sentence_similarity", "voice_likeness", "speech_quality", "lip_gain"):
        assert getattr(metrics, figure) is None


def test_a_late_loud_sound_under_a_frozen_picture_without_subtitles_is_told_in_each_figure(
    made: Made, tmp_path: Path
) -> None:
    still = f"[0:v:0]trim=end_frame=1,tpad=stop_mode=clone:stop={made.media.video.frame_count - 1}[v]"
    late = "[0:a:0]adelay=300:all=1,volume=6dB[a]"
    maps = ("-filter_complex", f"{still};{late}", "-map", "[v]", "-map", "[a]", "-t", str(LENGTH_S))
    encoding = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-b:a", "192k")
    faulty = make_clip(tmp_path / "faulty.mp4", "-i", str(made.video), *maps, *encoding)
    metrics = evaluated(made, tmp_path, video=faulty).metrics
    assert metrics.sound_offset_s == pytest.approx(0.3, abs=0.02)
    assert metrics.loudness_difference_lu == pytest.approx(6.0, abs=1.0)
    assert (metrics.frozen_share, metrics.subtitle_tracks) == (1.0, 0)


def test_a_file_without_sound_is_a_fault_of_ours(made: Made, tmp_path: Path) -> None:
    silent = make_clip(tmp_path / "silent.mp4", "-i", str(made.video), "-an", "-sn", "-c", "copy")
    with pytest.raises(StageOutputError, match="let label_and_mux make it again"):
        evaluated(made, tmp_path, video=silent)


@dataclass
class Listeners:
    """All five judges in one; it notes what it was given, and knows two voices by their loudness."""

    sample_rate_hz: int = HEARD_RATE_HZ
    longest_s: float = 9.0
    width: int = 2
    space: str = "loudness"
    languages: frozenset[str] = frozenset({"en", "pt"})
    transcribed_s: list[float] = field(default_factory=list)
    compared: list[str] = field(default_factory=list)

    def transcribe(self, samples: np.ndarray, language: str) -> Transcript:
        """Hear the first line as it is meant, and of every other its first word."""
        self.transcribed_s.append(len(samples) / self.sample_rate_hz)
        texts = TEXTS[0] if len(self.transcribed_s) == 1 else TEXTS[1].split()[0]
        words = tuple(Word(word, 0.0, 0.1, 1.0) for word in texts.split())
        return Transcript(language, (TranscriptSegment(words, -0.1, 0.0, 1.0),))

    def identify_language(self, windows: list[np.ndarray]) -> LanguageIdentification:
        return LanguageIdentification("pt", 0.8, (("en", 0.1),))

    def embed(self, samples: np.ndarray) -> np.ndarray:
        return np.array([0.6, 0.8], np.float32)

    def embed_sentences(self, sentences: list[str]) -> np.ndarray:
        self.compared += sentences
        return np.tile(np.array([[0.8, 0.6]], np.float32), (len(sentences), 1))

    def rate_speech(self, samples: np.ndarray) -> SpeechQuality:
        rating = 3.0 if len(samples) else 1.0
        return SpeechQuality(rating, rating, rating, rating)


@pytest.fixture(scope="module")
def listened(made: Made, tmp_path_factory: pytest.TempPathFactory) -> tuple[Evaluation, Listeners]:
    """With everybody listening, and new lips.

    A person worded the second line, and the fit of the voice promised a likeness of 0.9.
    """
    judge = Listeners()
    before, after = (LipSync(0.02, level, level, 0.1, 0.0, 0.1, 150) for level in (0.1, 0.4))
    drawn = TrackJudgement(0, 0, 150, before, after, IdentityChange(0.0, 0.0), None, None, True, "better")
    design = VoiceDesign.of("pf_dora")
    lines = (
        TranslatedLine(0, "line 0", (Wording(TEXTS[0]),), ()),
        TranslatedLine(1, "line 1", (Wording(TEXTS[1]),), ("edited",)),
    )
    result = evaluated(
        made,
        tmp_path_factory.mktemp("listened"),
        lines=lines,
        lips=LipJudgement(kept=True, reason=None, tracks=(drawn,)),
        voices=(SpeakerVoice("ann", design, (), "fitted", None, 200.0, 210.0, likeness=0.9),),
        **dict.fromkeys(("recognizer", "identifier", "encoder", "sentences", "listener"), judge),
    )
    return result, judge


def test_each_line_is_heard_alone_and_as_long_as_its_place(listened: tuple[Evaluation, Listeners]) -> None:
    result, judge = listened
    with_edges = [span.duration_s + 0.6 for span in DUB]
    assert judge.transcribed_s == pytest.approx(with_edges, abs=0.01)
    assert [line.word_error_rate for line in result.heard] == [0.0, 0.8]
    assert result.metrics.word_error_rate == pytest.approx(0.4)


def test_the_meaning_of_what_a_person_worded_is_not_judged(listened: tuple[Evaluation, Listeners]) -> None:
    result, judge = listened
    assert judge.compared == ["line 0", TEXTS[0]]
    assert [line.similarity for line in result.heard] == [1.0, None]
    assert result.metrics.sentence_similarity == 1.0


def test_a_voice_is_held_against_what_its_fit_promised(listened: tuple[Evaluation, Listeners]) -> None:
    result, _ = listened
    assert result.metrics.voice_likeness == pytest.approx(1.0)
    assert result.metrics.voice_likeness_change == pytest.approx(0.1)


def test_language_and_quality_are_what_the_judges_say(listened: tuple[Evaluation, Listeners]) -> None:
    metrics = listened[0].metrics
    assert (metrics.heard_language, metrics.target_probability, metrics.source_probability) == (
        "pt",
        0.8,
        0.1,
    )
    assert (metrics.speech_quality, metrics.speech_quality_change) == (3.0, 0.0)


def test_of_a_long_video_as_many_lines_are_heard_as_asked_for(made: Made, tmp_path: Path) -> None:
    judge = Listeners()
    result = evaluated(made, tmp_path, recognizer=judge, parameters=EvaluateParameters("pt", lines=1))
    assert len(judge.transcribed_s) == 1
    assert [line.heard for line in result.heard] == [TEXTS[0], None]
    assert None not in [line.level_difference_lu for line in result.heard]  # levels cost nothing


def test_new_lips_are_told_by_what_they_gained(listened: tuple[Evaluation, Listeners]) -> None:
    metrics = listened[0].metrics
    assert metrics.lips_changed
    assert (metrics.lip_correlation, metrics.lip_gain, metrics.lip_offset_s) == (0.4, 0.3, 0.02)


def test_a_line_that_belongs_to_nothing_is_left_to_the_gates(made: Made, tmp_path: Path) -> None:
    known = Placement(0, 0, 0.5, 2.4, 0.5, 2.5, 1.0, 1.0)
    result = evaluated(made, tmp_path, placements=(known, replace(known, index=7, start_s=3.4, end_s=5.2)))
    assert [line.index for line in result.heard] == [0]

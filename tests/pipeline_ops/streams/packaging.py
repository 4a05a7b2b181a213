"""A real clip packaged in three languages through the runner, its upstream checkpoints made by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from models.types import LanguageIdentification
from pipeline_ops.artefacts import artefact_kind, file_kind, to_json
from pipeline_ops.checkpoints.manifest import Artefact, CheckpointReference, Cost, Manifest, checkpoint_key
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.graph import INGEST, NODES
from pipeline_ops.media.encode_frames import FrameEncoder
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.subtitles import SubtitleLine, make_cues, to_webvtt
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.runner import StageRun, ingest, load_artefact, run_stage
from pipeline_ops.settings import Settings
from pipeline_ops.stages.judge_lips import LipJudgement
from pipeline_ops.streams.description import Asset

CHEAP: dict[str, dict[str, Any]] = {
    "package_source": {"short_sides_px": [96, 144], "preset": "ultrafast", "quality_target": None},
    "package": {"preset": "ultrafast"},
}
LINES = (SubtitleLine(0.2, 1.0, "Hello there"), SubtitleLine(1.5, 2.5, "and good-bye"))


@dataclass(frozen=True)
class PackagedVideo:
    """A video whose original is packaged, and whose languages can be.

    Attributes:
        lips_changed: Languages that get a picture of their own: the source's frames, encoded again.
    """

    platform: Platform
    clip: Path
    references: dict[str, CheckpointReference]
    lips_changed: frozenset[str] = frozenset({"pt"})
    _inputs: dict[str, dict[str, CheckpointReference]] = field(default_factory=dict)

    @property
    def media(self) -> MediaInfo:
        media: MediaInfo = load_artefact(self.platform, self.references["probe"], "media")
        return media

    def request(self, *languages: str) -> Request:
        return Request(self.references[INGEST], languages, "embedded", stage_parameters=CHEAP)

    def package_source(self, request: Request) -> StageRun:
        return run_stage(NODES["package_source"], request, None, self.references, self.platform)

    def package(self, request: Request, language: str, scratch: Path) -> StageRun:
        """Package a language whose dub is a tone of its own."""
        if language not in self._inputs:
            self._inputs[language] = self._made_by_hand(language, scratch)
        references = {
            **self.references,
            **self._inputs[language],
            "package_source": self.package_source(request).reference,
        }
        return run_stage(NODES["package"], request, language, references, self.platform)

    def _made_by_hand(self, language: str, scratch: Path) -> dict[str, CheckpointReference]:
        """Return what the stages before would have given: a dub, subtitles, perhaps a picture."""
        sound = self.platform.store.fetch(self.references["decode_audio"], "audio")
        samples, rate_hz = soundfile.read(str(sound), always_2d=True)
        pitch_hz = 200 + 100 * sum(map(ord, language)) % 700
        tone = 0.05 * np.sin(2 * np.pi * pitch_hz * np.arange(len(samples)) / rate_hz)
        dub = scratch / f"{language}.flac"
        soundfile.write(str(dub), samples + tone[:, None], rate_hz, subtype="PCM_24")
        subtitles = scratch / f"{language}.vtt"
        subtitles.write_text(to_webvtt(make_cues(LINES, self.media.duration_s)) + f"\nNOTE {language}\n")
        kept = language in self.lips_changed
        picture = {"picture": self._new_picture(scratch)} if kept else {}
        return {
            "mix": self._commit("mix", language, {"dub": dub}),
            "label_and_mux": self._commit("label_and_mux", language, {"subtitles": subtitles}),
            "render_lips": self._commit("render_lips", language, picture),
            "judge_lips": self._commit(
                "judge_lips", language, {"judgement": LipJudgement(kept, None if kept else "not_better", ())}
            ),
        }

    def asset(self, request: Request, scratch: Path) -> Asset:
        source = load_artefact(self.platform, self.package_source(request).reference, "streams")
        dubs = tuple(
            load_artefact(self.platform, self.package(request, language, scratch).reference, "streams")
            for language in request.target_languages
        )
        return Asset(source, dubs)

    def _new_picture(self, scratch: Path) -> Path:
        path, media = scratch / "new_picture.mp4", self.media
        if not path.exists():
            times = read_frame_times(self.clip, media)
            with FrameEncoder(path, media=media, time_base=times.time_base) as encoder:
                for frame in read_frames(self.clip, media, times):
                    encoder.write(frame)
        return path

    def _commit(self, stage: str, salt: str, values: dict[str, Any]) -> CheckpointReference:
        return commit(self.platform, stage, salt, values)


def open_video(clip: Path, home: Path) -> PackagedVideo:
    """Ingest, measure and decode a clip, and make by hand what other stages would say of it."""
    platform = Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(home)}))
    references = {INGEST: ingest(clip, platform)}
    video = PackagedVideo(platform, clip, references)
    for stage in ("probe", "decode_audio"):
        run = run_stage(NODES[stage], video.request("pt"), None, references, platform)
        references[stage] = run.reference
    language = LanguageIdentification(language="en", probability=0.99)
    references |= {
        "identify_language": commit(platform, "identify_language", "", {"language": language}),
        "split_sentences": commit(platform, "split_sentences", "", {"subtitles": LINES}),
        "read_subtitles": commit(platform, "read_subtitles", "", {"origin": "heard"}),
    }
    return video


def commit(platform: Platform, stage: str, salt: str, values: dict[str, Any]) -> CheckpointReference:
    """Put a checkpoint into the store that holds some of a stage's artefacts."""
    types = NODES[stage].stage.output_types
    key = checkpoint_key(
        stage=stage, stage_version=1, parameters={"salt": salt}, model=None, input_digests={}
    )
    reference = CheckpointReference(stage, key)
    files = {}
    for name, value in values.items():
        files[name] = value
        if file_kind(types[name]) is None:
            files[name] = platform.settings.home / f"{stage}-{name}.json"
            files[name].write_bytes(to_json(types[name], value))
    artefacts = tuple(
        Artefact(
            name,
            f"{name}{artefact_kind(types, name).suffix}",
            artefact_kind(types, name).media_type,
            sha256_of_file(path),
            path.stat().st_size,
        )
        for name, path in files.items()
    )
    manifest = Manifest(
        reference=reference,
        stage_version=1,
        parameters={},
        model=None,
        inputs={},
        artefacts=artefacts,
        outcome="completed",
        cost=Cost(0.0, 0.0, 0.0, 0, 0),
        created_at="2026-01-01T00:00:00+00:00",
    )
    platform.store.commit(manifest, files)
    return reference

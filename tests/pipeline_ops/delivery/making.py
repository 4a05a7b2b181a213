"""A video with dubs as a run leaves it, for tests of what viewers reach: small, and made in seconds.

Each language is a tone of its own, so that what was played can be told by ear or by its frequency.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from models.weights import WeightsStore
from pipeline_ops.artefacts import to_json
from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import open_catalog
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.tables import ONCE_PER_VIDEO, StageRow, TranslationRow
from pipeline_ops.checkpoints.manifest import CheckpointReference
from pipeline_ops.delivery.published import DESCRIPTION
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.graph import PACKAGE_STAGE, SOURCE_PACKAGE_STAGE
from pipeline_ops.media.ffmpeg import run_ffmpeg
from pipeline_ops.platform import Platform
from pipeline_ops.settings import Settings
from pipeline_ops.streams.description import (
    AudioRendition,
    Colour,
    DubStreams,
    Poster,
    SourceStreams,
    StoredFile,
    Storyboard,
    StreamLoudness,
    SubtitleRendition,
    VideoRendition,
)
from pipeline_ops.streams.packager import package_track
from tests.pipeline_ops.catalog.making import ANN, digest_of, facts
from tests.pipeline_ops.checkpoints.making import make_manifest

FRAME_RATE_HZ = 25
SOUND_RATE_HZ = 48_000
SEGMENT_S = Fraction(48, 25)
"""48 pictures, and 90 frames of AAC (1024 samples)."""

STARTS_S = tuple(number * SEGMENT_S for number in range(6))
DURATION_S = float(6 * SEGMENT_S)

TONES_HZ = {"en": 300, "es": 500, "pt": 800, "fr": 1200}

SIZES_PX = ((320, 180), (640, 360))


@dataclass(frozen=True)
class MadeVideo:
    """A video in the catalog and the store.

    Attributes:
        platform: The deployment that has it.
        media_id: The video.
        run_id: The run that translated it.
        folder: Where its files were made; what is made there once is not made again.
    """

    platform: Platform
    media_id: str
    run_id: str
    folder: Path


def make_platform(home: Path, store_url: str | None = None) -> Platform:
    """Return a deployment of its own below a folder; only weights are shared."""
    environment = {"DUBWRIGHT_HOME": str(home)}
    if store_url is not None:
        environment["DUBWRIGHT_STORE_URL"] = store_url
    platform = Platform.from_environment(Settings.from_environment(environment))
    return Platform(platform.settings, platform.store, platform.catalog, WeightsStore.from_environment())


def make_video(
    platform: Platform,
    folder: Path,
    dubs: tuple[str, ...] = ("es", "pt"),
    *,
    lips_changed: tuple[str, ...] = (),
    run_id: str = "run-1",
    video: str = "talk",
    after: timedelta = timedelta(),
    **run: Any,
) -> MadeVideo:
    """Write a video and its dubs into a deployment, as a run does.

    Args:
        platform: The deployment.
        folder: Where files are made.
        dubs: Languages of `TONES_HZ`.
        lips_changed: Those that have a picture of their own.
        run_id: The run's.
        video: Another name is another video.
        after: How much later than others the run was.
        run: What else is known of it, as `facts` takes it.
    """
    folder.mkdir(parents=True, exist_ok=True)
    source = _commit(platform, folder, SOURCE_PACKAGE_STAGE, _source_files(folder))
    checkpoints = {(SOURCE_PACKAGE_STAGE, ONCE_PER_VIDEO): source}
    for language in dubs:
        made = _dub_files(folder, language, lips_changed=language in lips_changed)
        checkpoints[PACKAGE_STAGE, language] = _commit(platform, folder, PACKAGE_STAGE, made)
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        put_creator(session, ANN)
        record_end(session, facts(run_id, video, done=dubs, creator_id="ann", after=after, **run))
        for (stage, language), reference in checkpoints.items():
            _put_stage(session, run_id, stage, language, reference)
        media_id = session.get_one(TranslationRow, (run_id, dubs[0])).media_id
    return MadeVideo(platform, media_id, run_id, folder)


def _put_stage(
    session: Session, run_id: str, stage: str, language: str, reference: CheckpointReference
) -> None:
    row = StageRow(run_id=run_id, stage=stage, language=language, checkpoint=str(reference), reused=False)
    session.merge(row)
    session.flush()


@functools.cache
def _source_files(folder: Path) -> tuple[bytes, dict[str, Path]]:
    """Return the description and the files of the original; made once in a folder."""
    video, files = _pictures(folder, "en", hue=0)
    streams = SourceStreams(
        language="en",
        duration_s=DURATION_S,
        segment_s=float(SEGMENT_S),
        video=video,
        audio=(_sound(folder, files, "en"),),
        subtitles=_subtitles(folder, files, "en"),
        poster=Poster(_still(folder, files, "stills.poster", "640x360", 1), 640, 360, 1.0),
        storyboard=Storyboard(
            (_still(folder, files, "stills.sheet_1", "160x90", 12),), 160, 90, 4, 3, 12, 1.0
        ),
    )
    return to_json(SourceStreams, streams), files


@functools.cache
def _dub_files(folder: Path, language: str, *, lips_changed: bool) -> tuple[bytes, dict[str, Path]]:
    """Return the description and the files of a dub; made once in a folder."""
    video, files = _pictures(folder, language, hue=120) if lips_changed else ((), {})
    streams = DubStreams(
        language=language,
        duration_s=DURATION_S,
        segment_s=float(SEGMENT_S),
        video=video,
        audio=(_sound(folder, files, language),),
        subtitles=_subtitles(folder, files, language),
    )
    return to_json(DubStreams, streams), files


def _commit(
    platform: Platform, folder: Path, stage: str, made: tuple[bytes, dict[str, Path]]
) -> CheckpointReference:
    description, files = made
    reference = CheckpointReference(stage, digest_of(f"{description!r}"))
    described = folder / f"{reference.key}.json"
    described.write_bytes(description)
    artefacts = {**files, DESCRIPTION: described}
    platform.store.commit(make_manifest(reference, artefacts), artefacts)
    return reference


def _pictures(folder: Path, language: str, *, hue: int) -> tuple[tuple[VideoRendition, ...], dict[str, Path]]:
    files: dict[str, Path] = {}
    made = []
    for width, height in SIZES_PX:
        plain, packaged = folder / "plain.mp4", folder / f"{language}-{height}.mp4"
        source = f"testsrc2=size={width}x{height}:rate={FRAME_RATE_HZ}:duration={DURATION_S},hue=h={hue}"
        encoding = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-bf", "0"]
        keyframes = ["-g", "48", "-sc_threshold", "0", "-profile:v", "main"]
        _run(["-f", "lavfi", "-i", source, *encoding, *keyframes, str(plain)])
        name = f"pictures.{height}p"
        track = package_track(plain, packaged, artefact=name, media_type="video/mp4", starts_s=STARTS_S)
        plain.unlink()
        files[name] = packaged
        made.append(
            VideoRendition(
                rendition_id=f"{language}-video-{height}p",
                track=track,
                codec="avc1.4d401e",
                width_px=width,
                height_px=height,
                pixel_aspect=(1, 1),
                frame_rate_hz=FRAME_RATE_HZ,
                video_range="SDR",
                colour=Colour(2, 2, 2, full_range=False),
                rate_factor=23.0,
                quality=None,
            )
        )
    return tuple(made), files


def _sound(folder: Path, files: dict[str, Path], language: str) -> AudioRendition:
    plain, packaged = folder / "plain.m4a", folder / f"{language}.m4a"
    tone = f"sine=frequency={TONES_HZ[language]}:sample_rate={SOUND_RATE_HZ}:duration={DURATION_S}"
    _run(["-f", "lavfi", "-i", tone, "-ac", "2", "-c:a", "aac", "-b:a", "96k", "-f", "mp4", str(plain)])
    track = package_track(
        plain,
        packaged,
        artefact="sounds.96k",
        media_type="audio/mp4",
        starts_s=STARTS_S,
    )
    plain.unlink()
    files["sounds.96k"] = packaged
    return AudioRendition(
        rendition_id=f"{language}-audio-96k",
        track=track,
        codec="mp4a.40.2",
        channels=2,
        sample_rate_hz=SOUND_RATE_HZ,
        loudness=StreamLoudness(-20.0, -17.0),
    )


def _subtitles(folder: Path, files: dict[str, Path], language: str) -> SubtitleRendition:
    path = folder / f"{language}.vtt"
    cues = [
        f"00:{second:02d}.000 --> 00:{second + 2:02d}.000\n{language} {second}\n"
        for second in range(0, 10, 2)
    ]
    path.write_text("WEBVTT\n\n" + "\n".join(cues), encoding="utf-8")
    files["subtitles"] = path
    stored = StoredFile("subtitles", sha256_of_file(path), path.stat().st_size, "text/vtt")
    return SubtitleRendition(f"{language}-subtitles", stored, machine_made=language != "en")


def _still(folder: Path, files: dict[str, Path], name: str, size: str, tiles: int) -> StoredFile:
    path = folder / f"{name}.jpg"
    source = f"testsrc2=size={size}:rate=1:duration={tiles}" + (",tile=4x3" if tiles > 1 else "")
    _run(["-f", "lavfi", "-i", source, "-frames:v", "1", str(path)])
    files[name] = path
    return StoredFile(name, sha256_of_file(path), path.stat().st_size, "image/jpeg")


def _run(arguments: list[str]) -> None:
    run_ffmpeg(arguments, task="make a clip for tests", timeout_s=60)

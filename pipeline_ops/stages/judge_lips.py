"""Looks at the rendered lips as a viewer gets them, and throws away what is not better than the original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from models.base import FaceLandmarker
from models.types import SpeechEncoding
from pipeline_ops.artefacts import FlacFile, JpegFile, NumpyFile, SourceFile, VideoFile
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.errors import StageOutputError
from pipeline_ops.faces.heard_speech import read_encoding
from pipeline_ops.faces.records import FaceTrack, TrackedFace, open_tracks
from pipeline_ops.lips.compare_pictures import Comparison, compare_pictures
from pipeline_ops.lips.contact_sheet import CloseUp, moments_of, write_contact_sheet
from pipeline_ops.lips.preview import LONGEST_S, write_preview
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.probe import MediaInfo, read_contents
from pipeline_ops.quality.face_identity import IdentityChange, colour_change, identity_change
from pipeline_ops.quality.lip_sync import LipSync, is_better, measure_lip_sync
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.render_lips import DrawnTrack

if TYPE_CHECKING:
    from numpy.typing import NDArray

LONGEST_JUDGED_S = 60.0
"""Of one track: the correlation's noise is a hundredth of a second's by then, and judging stays cheap."""

MOMENTS = 12
"""On the contact sheet, two rows of six."""

JudgementReason = Literal["not_rendered", "not_better", "another_identity"]
"""Why the original picture is kept."""


@dataclass(frozen=True, slots=True)
class TrackJudgement:
    """One track, before and after; measured on the encoded picture.

    Attributes:
        track: Its id.
        first_frame: Where the stretch that was judged begins.
        end_frame: The frame after its last.
        before: The original lips against the dub; None where there is too little to judge.
        after: The rendered lips against the dub.
        identity: How much the face changed.
        sharpness: Fine detail of the rendered mouth, in parts of the original's; None where it was not seen.
        flicker: Restlessness of the rendered mouth, in parts of the original's.
        better: Whether lips and sound go together better than before.
        finding: What was found, in words.
    """

    track: int
    first_frame: int
    end_frame: int
    before: LipSync | None
    after: LipSync | None
    identity: IdentityChange
    sharpness: float | None
    flicker: float | None
    better: bool
    finding: str


@dataclass(frozen=True, slots=True)
class LipJudgement:
    """Whether the rendered picture replaces the original, and why not where it does not."""

    kept: bool
    reason: JudgementReason | None
    tracks: tuple[TrackJudgement, ...]


@dataclass(frozen=True, slots=True)
class JudgedLips:
    """The judgement, and something to look at.

    Attributes:
        judgement: What was decided.
        contact_sheet: Close-ups, original above rendered; None where nothing was rendered.
        preview: A short clip, original beside rendered, with the dub's sound.
    """

    judgement: LipJudgement
    contact_sheet: JpegFile | None
    preview: VideoFile | None


@stage(version=2, capability="face_landmarks", resources=Resources(memory_mb=900, timeout_s=14_400))
def judge_lips(
    *,
    source: SourceFile,
    media: MediaInfo,
    tracks: tuple[FaceTrack, ...],
    frame_times_s: tuple[float, ...],
    records: NumpyFile,
    picture: VideoFile | None,
    drawn: tuple[DrawnTrack, ...],
    dub_encoding: NumpyFile,
    dub: FlacFile,
    model: FaceLandmarker,
    scratch: Path,
) -> JudgedLips:
    """Find the faces again in the encoded picture and hold their lips against the dub.

    The picture is kept only where every track that was changed is better, or was seen too briefly to tell,
    at least one is better, and nobody became somebody else.

    Raises:
        StageOutputError: the rendered picture has not the source's frames.
    """
    if picture is None:
        return JudgedLips(LipJudgement(False, "not_rendered", ()), None, None)
    looker = _Looker(source, media, picture, model)
    reader = open_tracks(records, frame_times_s)
    by_id = {track.id: track for track in tracks}
    speech = read_encoding(dub_encoding)
    digest = sha256_of_file(source)
    judged: list[TrackJudgement] = []
    close_ups: list[CloseUp] = []
    for changed in drawn:
        face = reader.face(by_id[changed.track])
        seen = looker.look(face, changed)
        close_ups += seen.comparison.close_ups
        judged.append(_judge(face, seen, speech, digest))
    contact_sheet, preview = scratch / "contact_sheet.jpg", scratch / "preview.mp4"
    write_contact_sheet(close_ups, contact_sheet)
    most = max(judged, key=lambda each: each.end_frame - each.first_frame)
    start_s = min(frame_times_s[most.first_frame], max(0.0, media.duration_s - LONGEST_S))
    write_preview(source=source, media=media, rendered=picture, sound=dub, start_s=start_s, output=preview)
    return JudgedLips(decide(judged), contact_sheet, preview)


def decide(judged: Sequence[TrackJudgement]) -> LipJudgement:
    """Decide on the whole picture: one bad track spoils it, for viewers see them all."""
    told = [track for track in judged if track.after is not None]
    if not all(track.identity.same_person for track in judged):
        return LipJudgement(False, "another_identity", tuple(judged))
    if not told or not all(track.better for track in told):
        return LipJudgement(False, "not_better", tuple(judged))
    return LipJudgement(True, None, tuple(judged))


def judged_stretch(runs: Sequence[tuple[int, int]], times_s: Sequence[float]) -> tuple[int, int]:
    """Return (first, last) of what is judged: from the first changed frame on, at most a minute.

    Args:
        runs: Changed frames, in order, at least one.
        times_s: When each frame of the video is shown.
    """
    first, last = runs[0][0], runs[-1][1]
    limit = int(np.searchsorted(times_s, times_s[first] + LONGEST_JUDGED_S))
    return first, max(first + 1, min(last, limit))


@dataclass(frozen=True)
class _Seen:
    """A stretch of one track after it was looked at, frames counted from the stretch's first."""

    first: int
    last: int
    looked_at: NDArray[np.bool_]
    comparison: Comparison


class _Looker:
    """Decodes original and rendered picture side by side."""

    def __init__(self, source: Path, media: MediaInfo, picture: Path, model: FaceLandmarker) -> None:
        self._source, self._media, self._picture, self._model = source, media, picture, model
        self._times = read_frame_times(source, media)
        contents = read_contents(picture, max_pixels=2 * media.video.width_px * media.video.height_px)
        found = contents.video if contents is not None else None
        if contents is None or found is None or found.frame_count != len(self._times):
            count = "none" if found is None else found.frame_count
            message = f"The picture with new lips has not the source's {len(self._times)} frames but {count}"
            raise StageOutputError(message)
        self._picture_media = replace(
            media, container=contents.container, origin_s=contents.origin_s, video=found
        )
        self._picture_times = read_frame_times(picture, self._picture_media)

    def look(self, face: TrackedFace, changed: DrawnTrack) -> _Seen:
        """Look at what of a track was changed, at most a minute of it."""
        first, last = judged_stretch(changed.frames, self._times.times_s.tolist())
        looked_at = np.zeros(last - first, bool)
        for start, end in changed.frames:
            looked_at[max(0, start - first) : max(0, end - first)] = True
        place = face.track.first_frame
        landmarks = face.landmarks[first - place : last - place]
        frames = zip(
            read_frames(self._source, self._media, self._times, first=first, last=last),
            read_frames(self._picture, self._picture_media, self._picture_times, first=first, last=last),
            strict=True,
        )
        moments = frozenset(moments_of(np.flatnonzero(looked_at).tolist(), MOMENTS))
        comparison = compare_pictures(frames, landmarks, looked_at, moments, self._model)
        return _Seen(first, last, looked_at, comparison)


def _judge(face: TrackedFace, seen: _Seen, speech: SpeechEncoding, digest: str) -> TrackJudgement:
    place = face.track.first_frame
    stretch = slice(seen.first - place, seen.last - place)
    times_s, original = face.times_s[stretch], face.landmarks[stretch]
    before, after = (
        measure_lip_sync(points, times_s, seen.looked_at, speech, source_digest=digest)
        for points in (original, seen.comparison.found)
    )
    colours = [colour_change(shot.before, shot.after) for shot in seen.comparison.close_ups]
    compared = is_better(before, after)
    return TrackJudgement(
        track=face.track.id,
        first_frame=seen.first,
        end_frame=seen.last,
        before=before,
        after=after,
        identity=identity_change(
            np.where(seen.looked_at[:, None, None], original, np.nan),
            seen.comparison.found,
            float(np.median(colours)) if colours else None,
        ),
        sharpness=seen.comparison.sharpness,
        flicker=seen.comparison.flicker,
        better=compared.better,
        finding=compared.reason,
    )

"""Gives the speakers of a video the mouths of their dub: decoded, drawn and encoded as one bounded stream."""

from __future__ import annotations

import logging
import math
import pickle
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from annotated_types import Gt

from models.base import LipSynchronizer
from models.types import SeenFace, TimeSpan
from pipeline_ops.artefacts import FlacFile, NumpyFile, SourceFile, VideoFile, ZipFile
from pipeline_ops.errors import MediaToolError
from pipeline_ops.faces.heard_speech import HEARD_AROUND_S, SpeechInParts
from pipeline_ops.faces.records import FaceTrack, Shot, TrackReader, open_tracks
from pipeline_ops.lips.change_strength import change_strength
from pipeline_ops.lips.draw import draw_picture
from pipeline_ops.lips.draw_worker import DrawJob, FaceToDraw
from pipeline_ops.lips.stretches import stretches_of
from pipeline_ops.lips.takes import Take, takes_of
from pipeline_ops.media.frame_times import read_frame_times
from pipeline_ops.media.frames import is_seekable
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.quality.speaking_face import Turn
from pipeline_ops.safety.consent import Consent, agrees
from pipeline_ops.safety.label import Place, VisibleLabel
from pipeline_ops.stage import Resources, stage
from pipeline_ops.stages.fit_lips import FittedPerson
from pipeline_ops.stages.measure_av_offset import AvOffset
from pipeline_ops.timing import Placement

if TYPE_CHECKING:
    from numpy.typing import NDArray

log = logging.getLogger(__name__)

RenderReason = Literal[
    "switched_off", "no_consent", "no_speaking_face", "not_learnt", "never_speaks_in_view", "cannot_be_drawn"
]
"""Why the picture stays as it is."""

CPU_A_FRAME_S = 5.0
"""Far beyond what a frame of 4096 by 2176 takes; a decoder that hangs is ended by it."""


@dataclass(frozen=True, slots=True)
class RenderParameters:
    """How lips are rendered.

    Attributes:
        target_language: The language of the dub, in which the label is; the run supplies it.
        enabled: Whether lips are changed at all; off leaves every picture as it is.
        label_place: The corner in which a changed picture says that it is; `off` for no visible label.
        label_until_s: When the label goes; None keeps it throughout.
    """

    target_language: str
    enabled: bool = True
    label_place: Place | Literal["off"] = "top_left"
    label_until_s: Annotated[float, Gt(0)] | None = None

    @property
    def label(self) -> VisibleLabel | None:
        """What a changed picture says of itself."""
        if self.label_place == "off":
            return None
        return VisibleLabel(self.target_language, self.label_place, self.label_until_s)


@dataclass(frozen=True, slots=True)
class DrawnTrack:
    """Which frames of a track were changed: (first, last) of the video, `last` not included."""

    track: int
    frames: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class RenderedLips:
    """The new picture, or why there is none.

    Attributes:
        drawn: What was changed.
        reason: Why nothing was; None where something was.
        picture: An MP4 without sound, on the presentation's timeline.
    """

    drawn: tuple[DrawnTrack, ...]
    reason: RenderReason | None
    picture: VideoFile | None


@stage(version=6, capability="lip_sync", resources=Resources(memory_mb=1500, gpu=True, timeout_s=36_000))
def render_lips(
    *,
    source: SourceFile,
    media: MediaInfo,
    shots: tuple[Shot, ...],
    tracks: tuple[FaceTrack, ...],
    turns: tuple[Turn, ...],
    frame_times_s: tuple[float, ...],
    records: NumpyFile,
    offset: AvOffset,
    people: tuple[FittedPerson, ...],
    models: ZipFile | None,
    dub_speech: FlacFile,
    dub_encoding: NumpyFile,
    placements: tuple[Placement, ...],
    consent: Consent | None,
    model: LipSynchronizer,
    parameters: RenderParameters,
    scratch: Path,
) -> RenderedLips:
    """Draw new mouths where a person whose mouth was learnt speaks, before or in the dub, and a label.

    Without consent to changed lips none is. A picture that cannot be decoded to its end is left as it is, as
    one without a speaking face is.

    Raises:
        ModelOutputError: the engine drew something unusable.
        ProcessKilledError: a drawing process was ended from outside.
    """
    reason = _left_alone_because(people, models, consent, parameters)
    if models is None or reason is not None:
        return RenderedLips((), reason, None)
    folder = scratch / "drawing"
    folder.mkdir()
    planner = _Planner(
        reader=open_tracks(records, frame_times_s),
        shots=shots,
        turns=turns,
        offset_s=offset.offset_s,
        dub=SpeechInParts(dub_speech, dub_encoding, scratch / "dub.f32"),
        dubbed=tuple(TimeSpan(placed.start_s, placed.end_s) for placed in placements),
        engine=model,
        folder=folder,
    )
    planned = planner.plan(people, tracks, models)
    if not planned:
        return RenderedLips((), "never_speaks_in_view", None)
    times = read_frame_times(source, media)
    picture = scratch / "picture.mp4"
    job = DrawJob(
        source=source,
        media=media,
        times=times,
        records=records,
        faces=tuple(face for _, faces in planned for face in faces),
        stretches=stretches_of(len(times), [shot.first_frame for shot in shots], seekable=is_seekable(media)),
        folder=folder,
        cpu_s=round(60 + CPU_A_FRAME_S * len(times)),
        label=parameters.label,
    )
    try:
        draw_picture(job, picture)
    except MediaToolError as error:
        log.warning("The lips of %s stay as they are: %s", source.name, error)
        return RenderedLips((), "cannot_be_drawn", None)
    return RenderedLips(tuple(drawn for drawn, _ in planned), None, picture)


def _left_alone_because(
    people: tuple[FittedPerson, ...],
    models: ZipFile | None,
    consent: Consent | None,
    parameters: RenderParameters,
) -> RenderReason | None:
    """Return why lips are left alone before anything is planned, None where they may be drawn."""
    if not parameters.enabled:
        return "switched_off"
    if not people:
        return "no_speaking_face"
    if not agrees(consent, "lips"):
        return "no_consent"
    return "not_learnt" if models is None else None


def runs_of(drawn: NDArray[np.bool_], first_frame: int) -> tuple[tuple[int, int], ...]:
    """Return (first, last) of each unbroken run of True, counted from `first_frame`."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], drawn.astype(np.int8), [0]])))
    starts, ends = (edges[which::2] + first_frame for which in (0, 1))
    return tuple((int(start), int(end)) for start, end in zip(starts, ends, strict=True))


def spoken_by(
    person_tracks: Sequence[int], turns: Sequence[Turn], dubbed: Sequence[TimeSpan], offset_s: float
) -> tuple[TimeSpan, ...]:
    """Return when a person's mouth must move, or must not move any more, with the dub.

    That is while the dub of their words is heard, and while they move their lips for the original's. A line
    of the dub is theirs where it overlaps their turns most.

    Args:
        person_tracks: Ids of their tracks.
        turns: Who speaks when, on the sound's clock.
        dubbed: When each line of the dub is heard.
        offset_s: How late the original sound is against the picture.
    """
    own = [turn for turn in turns if turn.track in person_tracks]
    others = [turn for turn in turns if turn.track is not None and turn.track not in person_tracks]

    def shared_s(span: TimeSpan, theirs: Sequence[Turn]) -> float:
        return sum(max(0.0, min(span.end_s, t.end_s) - max(span.start_s, t.start_s)) for t in theirs)

    lines = [span for span in dubbed if shared_s(span, own) > shared_s(span, others)]
    return (*lines, *(TimeSpan(turn.start_s - offset_s, turn.end_s - offset_s) for turn in own))


@dataclass(frozen=True)
class _Planner:
    """All that decides what each face's mouth becomes."""

    reader: TrackReader
    shots: Sequence[Shot]
    turns: Sequence[Turn]
    offset_s: float
    dub: SpeechInParts
    dubbed: Sequence[TimeSpan]
    engine: LipSynchronizer
    folder: Path

    def plan(
        self, people: Sequence[FittedPerson], tracks: Sequence[FaceTrack], models: Path
    ) -> list[tuple[DrawnTrack, tuple[FaceToDraw, ...]]]:
        """Return what is drawn of each track of each person whose mouth was learnt, if anything changes."""
        by_id = {track.id: track for track in tracks}
        planned = []
        with zipfile.ZipFile(models) as archive:
            for person in people:
                if person.model is None:
                    continue
                # The name is ours (`person0.npz`), never a stranger's.
                learnt = self.folder / person.model
                learnt.write_bytes(archive.read(person.model))
                spoken = spoken_by(person.tracks, self.turns, self.dubbed, self.offset_s)
                for track in (by_id[number] for number in person.tracks):
                    strength = self._strength(track, spoken)
                    if strength.any():
                        drawn = DrawnTrack(track.id, runs_of(strength > 0.0, track.first_frame))
                        takes = takes_of(strength, self.reader.times_s(track))
                        faces = tuple(self._face(track, learnt, take, strength) for take in takes)
                        planned.append((drawn, faces))
        return planned

    def _strength(self, track: FaceTrack, spoken: Sequence[TimeSpan]) -> NDArray[np.float32]:
        shot = self.shots[track.shot]
        return change_strength(
            self.reader.times_s(track),
            spoken,
            self.reader.usable(track),
            begins_at_cut=track.first_frame == shot.first_frame,
            ends_at_cut=track.end_frame == shot.end_frame,
        )

    def _face(self, track: FaceTrack, learnt: Path, take: Take, whole: NDArray[np.float32]) -> FaceToDraw:
        """Plan one take on a clock of its own, and write the plan down."""
        seen = self.reader.seen(track, take.seen_first, take.seen_last)
        start_s = max(0, math.floor(seen.times_s[0] - HEARD_AROUND_S))
        end_s = max(start_s + 1, math.ceil(seen.times_s[-1] + HEARD_AROUND_S))
        strength = take.strength(whole)
        plan = self.engine.plan(
            learnt,
            SeenFace(seen.times_s - start_s, seen.landmarks),
            self.dub.between(start_s, end_s),
            strength,
        )
        first_frame = track.first_frame + take.seen_first
        written = self.folder / f"track{track.id}from{first_frame}.pickle"
        written.write_bytes(pickle.dumps(plan))
        return FaceToDraw(track, first_frame, written, strength > 0.0)

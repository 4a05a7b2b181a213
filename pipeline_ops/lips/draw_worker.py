"""The process that decodes a stretch of a video, draws its mouths and encodes it, within limits.

Run as `python -m pipeline_ops.lips.draw_worker JOB`, where JOB is a pickled `DrawJob` of `draw.py`. It reads
the number of a stretch a line and answers `done`, or `failed ERROR MESSAGE`, once that stretch's part lies in
the job's folder. It ends at the line `end`; and at once where its input ends without it, since whoever asked
was killed then.
"""

from __future__ import annotations

import os
import pickle
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from models.base import LipPlan
from pipeline_ops.errors import DubwrightError
from pipeline_ops.faces.records import FaceTrack, open_tracks
from pipeline_ops.lips.face_frames import lift_face, put_face
from pipeline_ops.media.encode_frames import FrameEncoder
from pipeline_ops.media.frame import Frame
from pipeline_ops.media.frame_times import FrameTimes
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.probe import MediaInfo
from pipeline_ops.media.process_limits import limit_this_process
from pipeline_ops.safety.label import VisibleLabel, put_label

if TYPE_CHECKING:
    from numpy.typing import NDArray

DONE, END = "done", "end"


@dataclass(frozen=True)
class FaceToDraw:
    """One face for some time, and what its mouth becomes.

    Attributes:
        track: Which face.
        first_frame: Frames are counted from this one of the video in what follows, and in the plan.
        plan: The engine's, pickled: whoever draws this face reads it.
        drawn: Shape (frames of the plan,), bool: those to change; all others pass through as they are.
    """

    track: FaceTrack
    first_frame: int
    plan: Path
    drawn: NDArray[np.bool_]

    def meets(self, first: int, last: int) -> bool:
        """Whether anything is drawn from one frame of the video on, before another."""
        start = self.first_frame
        return bool(self.drawn[max(0, first - start) : max(0, last - start)].any())


@dataclass(frozen=True)
class DrawJob:
    """All that a process needs to draw any stretch of a video.

    Attributes:
        source: The creator's file.
        media: What it holds.
        times: When its frames are shown.
        records: Where the faces are in every frame, from `track_faces`.
        faces: The faces to change.
        stretches: (first, last) of each stretch.
        folder: Where parts go, as `part00000.mp4`.
        cpu_s: What the process may use in all.
        label: What every frame says of the picture; None for nothing.
    """

    source: Path
    media: MediaInfo
    times: FrameTimes
    records: Path
    faces: tuple[FaceToDraw, ...]
    stretches: tuple[tuple[int, int], ...]
    folder: Path
    cpu_s: int
    label: VisibleLabel | None = None

    def part(self, number: int) -> Path:
        """Return where a stretch's picture goes."""
        return self.folder / f"part{number:05d}.mp4"


def main() -> None:
    """Draw the stretches that are named on the standard input."""
    import cv2

    job: DrawJob = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301  our own file
    limit_this_process(cpu_s=job.cpu_s)
    cv2.setNumThreads(1)  # the processes share the machine among themselves
    numbers: SimpleQueue[int | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin, numbers), daemon=True).start()
    while (number := numbers.get()) is not None:
        try:
            draw_stretch(job, number)
        except DubwrightError as error:
            answer = f"failed {type(error).__name__} {error}".replace("\n", " ")
        else:
            answer = DONE
        sys.stdout.write(answer + "\n")
        sys.stdout.flush()


def _listen(pipe: IO[str], numbers: SimpleQueue[int | None]) -> None:
    for line in pipe:
        if line.strip() == END:
            numbers.put(None)
            return
        numbers.put(int(line))
    os._exit(1)  # in mid-work: nobody is left to take it


def draw_stretch(job: DrawJob, number: int) -> None:
    """Write one stretch's part.

    Raises:
        MediaToolError: its frames cannot be decoded or encoded.
        ModelOutputError: the engine drew something unusable.
    """
    first, last = job.stretches[number]
    reader = open_tracks(job.records, [])
    faces = [face for face in job.faces if face.meets(first, last)]
    plans: list[LipPlan] = [pickle.loads(face.plan.read_bytes()) for face in faces]  # noqa: S301  our own
    records = [reader.records(face.track, first, last) for face in faces]
    with FrameEncoder(job.part(number), media=job.media, time_base=job.times.time_base) as encoder:
        for frame in read_frames(job.source, job.media, job.times, first=first, last=last):
            drawn = frame
            for face, plan, seen in zip(faces, plans, records, strict=True):
                drawn = draw_face(drawn, face, plan, seen)
            if job.label is not None:
                drawn = put_label(drawn, job.label, job.media.video.colour_transfer)
            encoder.write(drawn)


def draw_face(frame: Frame, face: FaceToDraw, plan: LipPlan, records: NDArray[Any]) -> Frame:
    """Return a frame with one face's mouth as planned; the frame itself where that face is not changed."""
    number = frame.index - face.first_frame
    if not 0 <= number < len(face.drawn) or not face.drawn[number]:
        return frame
    place = int(np.searchsorted(records["frame"], frame.index))
    lifted = lift_face(frame, np.array(records["landmarks"][place]), number, plan.part)
    patch = None if lifted is None else plan.render(lifted)
    return frame if lifted is None or patch is None else put_face(frame, lifted, patch)


if __name__ == "__main__":
    main()

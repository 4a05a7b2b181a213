"""A plan that paints mouths white, and what it needs: stands for an engine where drawing itself is tested."""

from __future__ import annotations

import os
import pickle
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np

from models.errors import ModelOutputError
from models.faces.points import CHIN_TIP, LEFT_EYE_OUTER, POINT_COUNT, RIGHT_EYE_OUTER
from models.types import FaceFrame, FacePart, FacePatch
from pipeline_ops.faces.records import RECORD, FaceTrack, write_records
from pipeline_ops.lips.draw_worker import DrawJob, FaceToDraw
from pipeline_ops.lips.stretches import stretches_of
from pipeline_ops.media.frame_times import read_frame_times
from tests.pipeline_ops.media.clips import measured

FACE = (100, 60, 80, 100)
"""Left, top, width and height of the face in every frame."""

MOUTH = (125, 120, 30, 20)


@dataclass(frozen=True)
class PaintingPlan:
    """Paints the mouth white; at frame `fails_at` it fails, or kills its process."""

    part: ClassVar[FacePart] = "face"

    fails_at: int = -1
    kills: bool = False

    def render(self, frame: FaceFrame) -> FacePatch | None:
        if frame.index == self.fails_at:
            if self.kills:
                os.kill(os.getpid(), signal.SIGKILL)
            message = "nothing was drawn"
            raise ModelOutputError(message)
        left, top, width, height = MOUTH
        changed = np.zeros(frame.pixels.shape[:2], bool)
        rows = slice(top - frame.top_px, top - frame.top_px + height)
        changed[rows, left - frame.left_px : left - frame.left_px + width] = True
        return FacePatch(np.ones_like(frame.pixels), changed)


def face_points() -> np.ndarray:
    """Landmarks that fill FACE."""
    left, top, width, height = FACE
    points = np.zeros((POINT_COUNT, 3), np.float32)
    points[:, 0] = np.linspace(left, left + width, POINT_COUNT)
    points[:, 1] = np.linspace(top, top + height, POINT_COUNT)
    points[CHIN_TIP, :2] = left + width / 2, top + height
    points[LEFT_EYE_OUTER, :2], points[RIGHT_EYE_OUTER, :2] = (left + 15, top + 30), (left + 65, top + 30)
    return points


def track_of(frames: int) -> FaceTrack:
    return FaceTrack(
        id=0,
        shot=0,
        first_frame=0,
        end_frame=frames,
        first_record=0,
        record_count=frames,
        face_size_px=100.0,
        eye_distance_px=50.0,
        yaw_deg=0.0,
        usable_share=1.0,
        speech_s=1.0,
        speaking_s=1.0,
        sync_score=0.4,
        reasons=(),
    )


def painting_job(source: Path, folder: Path, plan: PaintingPlan, drawn: np.ndarray) -> DrawJob:
    """Return a job that paints the mouth of a face which stands still in every frame of `source`."""
    media = measured(source)
    times = read_frame_times(source, media)
    records = np.zeros(len(times), RECORD)
    records["frame"], records["landmarks"] = np.arange(len(times)), face_points()
    write_records(folder / "faces.npy", [records], len(records))
    (folder / "plan.pickle").write_bytes(pickle.dumps(plan))
    parts = folder / "parts"
    parts.mkdir()
    return DrawJob(
        source=source,
        media=media,
        times=times,
        records=folder / "faces.npy",
        faces=(FaceToDraw(track_of(len(times)), 0, folder / "plan.pickle", drawn),),
        stretches=stretches_of(len(times), [25]),
        folder=parts,
        cpu_s=120,
    )

"""Drawing a whole video with several processes."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest

from pipeline_ops.errors import ModelOutputError, ProcessKilledError
from pipeline_ops.faces.records import open_tracks
from pipeline_ops.lips.draw import draw_picture
from pipeline_ops.lips.draw_worker import draw_face
from pipeline_ops.media.frames import read_frames
from pipeline_ops.media.planar import plane_of
from tests.pipeline_ops.lips.painting import MOUTH, PaintingPlan, painting_job
from tests.pipeline_ops.media.clips import H264_AAC, PICTURE, SOUND, make_clip

FRAMES = 60


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.mp4", *PICTURE, *SOUND, *H264_AAC)


def some_frames() -> np.ndarray:
    drawn = np.zeros(FRAMES, bool)
    drawn[10:40] = True
    return drawn


def test_only_the_chosen_frames_change_and_of_them_only_the_mouth(clip: Path, tmp_path: Path) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(), some_frames())
    records = open_tracks(job.records, []).records(job.faces[0].track)
    left, top, width, height = MOUTH
    for frame in read_frames(clip, job.media, job.times, last=20):
        drawn = draw_face(frame, job.faces[0], PaintingPlan(), records)
        for plane in range(3):
            before = plane_of(frame.picture, plane, frame.format.planar)
            after = plane_of(drawn.picture, plane, frame.format.planar)
            changed = np.argwhere(before != after) << (plane > 0)
            assert bool(len(changed)) == (frame.index >= 10)
            assert ((changed >= (top, left)) & (changed < (top + height, left + width))).all()


def test_the_bytes_do_not_depend_on_how_many_processes_draw(clip: Path, tmp_path: Path) -> None:
    written = []
    for processes in (1, 2):
        folder = tmp_path / str(processes)
        folder.mkdir()
        job = painting_job(clip, folder, PaintingPlan(), some_frames())
        draw_picture(job, folder / "picture.mp4", processes)
        written.append((folder / "picture.mp4").read_bytes())
    assert written[0] == written[1]
    with av.open(str(tmp_path / "1" / "picture.mp4")) as container:
        levels = [frame.to_ndarray(format="gray")[130, 140] for frame in container.decode(video=0)]
    assert len(levels) == FRAMES
    assert min(levels[10:40]) > 230
    assert max(levels[:10] + levels[40:]) < 230


def test_what_the_engine_cannot_draw_is_its_own_error(clip: Path, tmp_path: Path) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(fails_at=30), some_frames())
    with pytest.raises(ModelOutputError, match="nothing was drawn"):
        draw_picture(job, tmp_path / "picture.mp4", 2)
    assert not (tmp_path / "picture.mp4").exists()


def test_a_drawing_process_that_is_killed_can_be_tried_again(clip: Path, tmp_path: Path) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(fails_at=30, kills=True), some_frames())
    with pytest.raises(ProcessKilledError, match="SIGKILL"):
        draw_picture(job, tmp_path / "picture.mp4", 2)
    assert not (tmp_path / "picture.mp4").exists()


def test_a_drawing_process_ends_when_whoever_asked_is_gone(clip: Path, tmp_path: Path) -> None:
    job = painting_job(clip, tmp_path, PaintingPlan(), some_frames())
    described = tmp_path / "job.pickle"
    described.write_bytes(pickle.dumps(job))
    asked, asking = os.pipe()
    worker = subprocess.Popen(
        [sys.executable, "-m", "pipeline_ops.lips.draw_worker", str(described)],
        stdin=asked,
        stdout=subprocess.DEVNULL,
    )
    os.close(asked)
    time.sleep(0.5)
    os.close(asking)
    assert worker.wait(timeout=60) == 1

"""What a single-shot detector's raw outputs mean: anchors, decoding, and merging of answers that overlap.

Detectors of the BlazeFace family (Bazarevsky et al., "BlazeFace: Sub-millisecond Neural Face Detection on
Mobile GPUs", 2019) answer at fixed anchors with offsets to a box and six points of the face. All positions
here are in pixels of the detector's square input.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEFT, TOP, RIGHT, BOTTOM = range(4)
LEFT_EYE, RIGHT_EYE = slice(4, 6), slice(6, 8)
"""Columns of a candidate: the box's edges, then x and y of the eyes (the viewer's left first), the tip of the
nose, the mouth and the ears."""

CANDIDATE_VALUES = 16

RAW_SCORE_LIMIT = 80.0
"""Beyond this the sigmoid is 0 or 1 in any precision, and its exponential would overflow in float32."""

MERGED_OVERLAP = 0.3
"""Answers that share more than this (intersection over union) are of one face; MediaPipe's own value."""

NESTED_OVERLAP = 0.5
"""A box of which this much lies in a surer one, or the other way round, is a poor view of the same face:
heads in a picture do not cover each other by half while both faces can be seen."""


def anchor_centres(input_px: int, layers: Sequence[tuple[int, int]]) -> NDArray[np.float32]:
    """Return the centres of all anchors in the order of the network's answers, shape (anchors, 2), x and y.

    Args:
        input_px: Side of the detector's input.
        layers: For each grid its stride in pixels and how many anchors share a cell.
    """
    grids = []
    for stride_px, shared in layers:
        centres = (np.arange(input_px // stride_px, dtype=np.float32) + 0.5) * stride_px
        rows, columns = np.meshgrid(centres, centres, indexing="ij")
        cells = np.stack([columns.ravel(), rows.ravel()], axis=1)
        grids.append(np.repeat(cells, shared, axis=0))
    return np.concatenate(grids)


def probabilities(raw_scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the sigmoid of raw scores, of any shape."""
    limited = np.clip(raw_scores, -RAW_SCORE_LIMIT, RAW_SCORE_LIMIT)
    return np.asarray(1.0 / (1.0 + np.exp(-limited)), dtype=np.float32)


def decode(raw: NDArray[np.float32], anchors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Turn offsets from anchors into candidates, shape (answers, 16): edges of the box, then six points.

    Args:
        raw: Shape (answers, 16): centre, width and height, then the points, all but the size from the anchor.
        anchors: Shape (answers, 2).
    """
    pairs = raw.reshape(len(raw), CANDIDATE_VALUES // 2, 2)
    moved = pairs + anchors[:, None, :]
    half = pairs[:, 1] / 2
    edges = np.concatenate([moved[:, 0] - half, moved[:, 0] + half], axis=1)
    points = moved[:, 2:].reshape(len(raw), CANDIDATE_VALUES - 4)
    return np.concatenate([edges, points], axis=1)


def overlaps(
    box: NDArray[np.floating], boxes: NDArray[np.floating], *, of_smaller: bool = False
) -> NDArray[np.float64]:
    """Return intersection over union of one box with others, or over the smaller of the two, shape (others,).

    Args:
        box: Left, top, right, bottom first; further values do not count.
        boxes: Shape (others, 4 or more), likewise.
        of_smaller: Divide by the area of the smaller box.
    """
    widths = np.minimum(box[RIGHT], boxes[:, RIGHT]) - np.maximum(box[LEFT], boxes[:, LEFT])
    heights = np.minimum(box[BOTTOM], boxes[:, BOTTOM]) - np.maximum(box[TOP], boxes[:, TOP])
    shared = np.clip(widths, 0, None).astype(np.float64) * np.clip(heights, 0, None)
    own = (box[RIGHT] - box[LEFT]) * (box[BOTTOM] - box[TOP])
    others = (boxes[:, RIGHT] - boxes[:, LEFT]) * (boxes[:, BOTTOM] - boxes[:, TOP])
    whole = np.minimum(own, others) if of_smaller else own + others - shared
    return np.asarray(np.divide(shared, whole, out=np.zeros(len(boxes)), where=shared > 0))


def merge_overlapping(
    candidates: NDArray[np.floating], scores: NDArray[np.floating]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return one candidate a face, the surest first, and its score: weighted non-maximum suppression.

    Each is the mean of all that overlap the surest one, weighted by score: steadier from frame to frame than
    the surest alone (BlazeFace, section 3.4).

    Args:
        candidates: Shape (candidates, 16).
        scores: Shape (candidates,), above 0.
    """
    left = np.argsort(-scores, kind="stable")
    merged, kept = [], []
    while len(left):
        one_face = overlaps(candidates[left[0]], candidates[left]) > MERGED_OVERLAP
        one_face[0] = True  # a box without area overlaps nothing, not even itself
        members = left[one_face]
        merged.append(np.average(candidates[members], axis=0, weights=scores[members]))
        kept.append(scores[left[0]])
        left = left[~one_face]
    faces = np.array(merged, dtype=np.float64).reshape(-1, CANDIDATE_VALUES)
    return faces, np.array(kept, dtype=np.float64)


def without_nested(
    faces: NDArray[np.float64], scores: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Leave out faces that lie in a surer one or around it, as detectors at several scales find them.

    Args:
        faces: Shape (faces, 16), the surest first.
        scores: Shape (faces,).
    """
    kept: list[int] = []
    for index, face in enumerate(faces):
        if not (overlaps(face, faces[kept], of_smaller=True) > NESTED_OVERLAP).any():
            kept.append(index)
    return faces[kept], scores[kept]

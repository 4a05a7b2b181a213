"""The WebVTT file that tells players which part of which sheet to show over the seek bar."""

from __future__ import annotations

from pipeline_ops.media.subtitles import clock
from pipeline_ops.streams.description import Storyboard
from pipeline_ops.streams.hls import FileAddress


def storyboard_webvtt(storyboard: Storyboard, duration_s: float, file_address: FileAddress) -> str:
    """Return a cue for every small picture: the sheet's address with the part that holds it (`#xywh=`).

    Shaka Player, Video.js, JW Player, Plyr and others read it.
    """
    per_sheet = storyboard.columns * storyboard.rows
    blocks = ["WEBVTT\n"]
    for tile in range(storyboard.tile_count):
        row, column = divmod(tile % per_sheet, storyboard.columns)
        left, top = column * storyboard.tile_width_px, row * storyboard.tile_height_px
        start_ms = round(tile * storyboard.interval_s * 1000)
        end_ms = round(min((tile + 1) * storyboard.interval_s, duration_s) * 1000)
        place = f"#xywh={left},{top},{storyboard.tile_width_px},{storyboard.tile_height_px}"
        address = file_address(storyboard.sheets[tile // per_sheet])
        blocks.append(f"{clock(start_ms, '.')} --> {clock(end_ms, '.')}\n{address}{place}\n")
    return "\n".join(blocks)

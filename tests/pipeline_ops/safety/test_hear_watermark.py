from __future__ import annotations

from models.types import HeardWatermark, TimeSpan, WatermarkReading
from pipeline_ops.safety.hear_watermark import spoken_windows

WINDOWS = tuple(HeardWatermark(start, start + 4.0, 0.9) for start in (0.0, 2.0, 4.0, 6.0))


def test_windows_without_speech_do_not_count() -> None:
    reading = spoken_windows(WatermarkReading(WINDOWS, 0.7), [TimeSpan(0.0, 1.0), TimeSpan(8.5, 9.4)])
    assert [window.start_s for window in reading.windows] == [0.0]


def test_seconds_that_several_windows_share_count_once() -> None:
    reading = WatermarkReading((*WINDOWS[:2], HeardWatermark(20.0, 24.0, 0.1)), 0.7)
    assert (reading.marked_s, reading.heard_s, reading.strongest) == (6.0, 10.0, 0.9)


def test_nothing_heard_is_no_mark() -> None:
    reading = WatermarkReading((), 0.7)
    assert (reading.marked_s, reading.heard_s, reading.strongest) == (0.0, 0.0, 0.0)

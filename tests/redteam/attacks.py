"""Carries out the attacks of `cases.yaml` and says what came of each; nothing here decides what is right."""

from __future__ import annotations

import http.server
import re
import struct
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import yaml

from models.errors import ModelOutputError, RejectedInputError
from models.translation.checks import line_flags
from models.translation.replies import unusable
from models.types import LanguageIdentification, Utterance, Wording
from pipeline_ops.errors import SettingsError
from pipeline_ops.graph import INGEST, nodes_of
from pipeline_ops.media.probe import MediaLimits, probe_media
from pipeline_ops.media_bucket import media_file
from pipeline_ops.platform import Platform
from pipeline_ops.request import Request
from pipeline_ops.runner import ingest, run_stage
from pipeline_ops.settings import Settings
from pipeline_ops.stages.detect_speech import SpeechParameters, detect_speech
from pipeline_ops.stages.screen_toxicity import ScreenParameters, screen_toxicity
from pipeline_ops.stages.translate import TranslatedLine
from tests.models.embedded import engine, model
from tests.pipeline_ops.media.clips import H264_AAC, SHARED_MEDIA, make_clip

CASES = Path(__file__).with_name("cases.yaml")
RATE_HZ = 16_000


@dataclass(frozen=True)
class Case:
    """One attack: what is done, and what should come of it.

    Attributes:
        is_open: Whether we do not withstand it yet.
        is_slow: Whether it runs with `make redteam` alone.
        with_: What it is made of, by the kind's own names.
    """

    id: str
    kind: str
    about: str
    expected: str
    is_open: bool
    is_slow: bool
    with_: Mapping[str, Any] = field(default_factory=dict)


class NotHereError(Exception):
    """What an attack needs (a model, a recording) is not on this machine."""


def cases() -> tuple[Case, ...]:
    """Return all attacks, in order."""
    rows = yaml.safe_load(CASES.read_text(encoding="utf-8"))
    assert len({row["id"] for row in rows}) == len(rows)
    return tuple(
        Case(
            row.pop("id"),
            row.pop("kind"),
            row.pop("about"),
            row.pop("expected"),
            row.pop("open", False),
            row.pop("slow", False),
            row,
        )
        for row in rows
    )


def outcome(case: Case, folder: Path) -> str:
    """Do it, and return what came of it.

    Raises:
        NotHereError: it cannot be done on this machine.
    """
    return KINDS[case.kind](case.with_, folder)


def _say(what: Mapping[str, Any], _folder: Path) -> str:
    line = TranslatedLine(0, what["source"], (Wording(what["wording"]),), ())
    detector = engine("toxicity_detection", what["to"]) if what["to"] == "en" else None
    result = screen_toxicity(
        lines=(line,),
        language=LanguageIdentification(what["from"], 1.0),
        detector=detector,
        parameters=ScreenParameters(what["to"]),
    )
    if result.findings:
        return result.findings[0].action
    flags = line_flags(what["source"], what["wording"], what["from"], what["to"])
    return flags[0] if flags else "passes"


def _reply(what: Mapping[str, Any], _folder: Path) -> str:
    reason = unusable(what["source"], what["wording"], what["from"], what["to"])
    return "taken" if reason is None else "asked again"


def _llm(what: Mapping[str, Any], _folder: Path) -> str:
    try:
        translator = model("qwen2.5-coder-1.5b-instruct-q4_k_m")
    except Exception as error:
        raise NotHereError(str(error)) from error
    line = Utterance(0, "speaker_1", 0.0, 4.0, what["source"])
    try:
        ((wording, *_),) = translator.translate([line], what["from"], what["to"])
    except ModelOutputError:
        return "failed"
    return "not translated" if re.search(what["forbidden"], wording.text, re.IGNORECASE) else "translated"


def _file(what: Mapping[str, Any], folder: Path) -> str:
    path = folder / "talk.mp4"
    with listening() as (address, requests):
        path.write_text(what["content"].replace("{address}", address), encoding="utf-8")
        code = _probed(path)
    return f"fetched {requests[0]}" if requests else code


def _media(what: Mapping[str, Any], folder: Path) -> str:
    return _probed(MAKERS[what["make"]](folder / "talk.mp4"))


def _name(what: Mapping[str, Any], folder: Path) -> str:
    """Look a name up in a media folder, and probe what is found: it must be read as the file that it is."""
    bucket = folder / "media"
    bucket.mkdir()
    (folder / "secret.mp4").write_text("secret")
    (bucket / "link.mp4").symlink_to(folder / "secret.mp4")
    if "/" not in what["name"] and "\0" not in what["name"] and what["name"] != "link.mp4":
        made = make_clip(
            folder / "made.mp4", "-f", "lavfi", "-i", "color=s=64x64:r=5:d=2", "-f", "lavfi", "-i",
            "sine=d=2", *H264_AAC,
        )  # fmt: skip
        made.rename(bucket / what["name"])
    try:
        path = media_file(what["name"], bucket)
    except SettingsError:
        return "refused"
    with listening() as (_, requests):
        probe_media(path, MediaLimits())
    return f"fetched {requests[0]}" if requests else "found"


def _hear(what: Mapping[str, Any], folder: Path) -> str:
    sound = folder / "sound.flac"
    if "clip" in what:
        clip = SHARED_MEDIA / what["clip"]
        if not clip.exists():
            message = f"the test media folder has no {what['clip']}"
            raise NotHereError(message)
        make_clip(sound, "-i", str(clip), "-ac", "1", "-ar", str(RATE_HZ))
    else:
        soundfile.write(sound, SOUNDS[what["make"]](), RATE_HZ)
    try:
        detect_speech(analysis=sound, model=engine("voice_activity_detection"), parameters=SpeechParameters())
    except RejectedInputError as verdict:
        return verdict.reason_code
    return "goes on"


def _video(what: Mapping[str, Any], folder: Path) -> str:
    """Run the stages of a video until one of them ends it, or its transcript is believed."""
    clip = SHARED_MEDIA / what["clip"]
    if not clip.exists():
        message = f"the test media folder has no {what['clip']}"
        raise NotHereError(message)
    platform = Platform.from_environment(Settings.from_environment({"DUBWRIGHT_HOME": str(folder)}))
    source = ingest(clip, platform)
    request, references = Request(source, ("pt",), "embedded"), {INGEST: source}
    for node in nodes_of("video"):
        run = run_stage(node, request, None, references, platform)
        if run.verdict is not None:
            return run.verdict.reason_code
        references[node.name] = run.reference
        if node.name == "judge_transcript":
            break
    return "goes on"


def _probed(path: Path) -> str:
    try:
        media = probe_media(path, MediaLimits())
    except RejectedInputError as verdict:
        return verdict.reason_code
    return "goes on" if media.complete else "goes on, marked incomplete"


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """Give the address of a server on this machine, and the list of what is asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: Any) -> None:
            return

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", asked
        finally:
            server.shutdown()
            thread.join()


def _png_bomb(path: Path) -> Path:
    """A PNG of 20000 by 20000 that is all black: 400 million pixels in 50 KB."""
    side = 20_000
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + side // 8)) for _ in range(side)) + packer.flush()

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    return path


def _large(path: Path) -> Path:
    return _colour(path, "s=4800x4800:r=1:d=1")


def _long(path: Path) -> Path:
    frame_every_100_s = "s=16x16:r=1/100:d=2000"
    silence = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=2000")
    codecs = ("-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-b:a", "8k")
    return make_clip(path, "-f", "lavfi", "-i", f"color={frame_every_100_s}", *silence, *codecs)


def _cut(path: Path) -> Path:
    whole = make_clip(
        path.with_name("whole.mp4"), "-f", "lavfi", "-i", "testsrc2=s=160x120:r=15:d=12", "-f", "lavfi", "-i",
        "sine=d=12", *H264_AAC, "-movflags", "faststart",
    )  # fmt: skip
    path.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    return path


def _colour(path: Path, options: str) -> Path:
    silence = ("-f", "lavfi", "-i", "anullsrc=r=8000:cl=mono:d=2")
    return make_clip(path, "-f", "lavfi", "-i", f"color={options}", *silence, *H264_AAC)


def _chords() -> np.ndarray:
    time_s = np.arange(12 * RATE_HZ) / RATE_HZ
    chords = [(220, 277, 330), (196, 247, 294), (174, 220, 262), (220, 277, 330)]
    sound = np.zeros_like(time_s)
    for number, chord in enumerate(chords):
        within = (time_s >= 3 * number) & (time_s < 3 * number + 3)
        fading = np.exp(-(time_s - 3 * number))
        for pitch_hz in chord:
            sound += within * fading * 0.1 * np.sin(2 * np.pi * pitch_hz * time_s)
    return sound


def _noise() -> np.ndarray:
    return 0.05 * np.random.default_rng(0).standard_normal(8 * RATE_HZ)


MAKERS: Mapping[str, Callable[[Path], Path]] = {
    "png": _png_bomb,
    "large": _large,
    "long": _long,
    "cut": _cut,
}

SOUNDS: Mapping[str, Callable[[], np.ndarray]] = {"chords": _chords, "noise": _noise}

KINDS: Mapping[str, Callable[[Mapping[str, Any], Path], str]] = {
    "say": _say,
    "reply": _reply,
    "llm": _llm,
    "file": _file,
    "media": _media,
    "name": _name,
    "hear": _hear,
    "video": _video,
}

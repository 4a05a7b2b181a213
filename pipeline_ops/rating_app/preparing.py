"""Opens a campaign: its clips are written anew so that nothing about a file tells what made it."""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import datetime
from pathlib import Path

import numpy as np

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.rating_campaigns import NewCampaign, NewClip, put_campaign
from pipeline_ops.errors import SettingsError
from pipeline_ops.media.ffmpeg import run_ffmpeg
from pipeline_ops.media.playable import ENCODING, write_playable
from pipeline_ops.media.probe import MediaLimits, probe_media
from pipeline_ops.rating_app.definition import CampaignDefinition
from pipeline_ops.ratings.session_plan import ClipKey, plan_preferences, plan_scores

WRITE_LIMIT_S = 900.0
"""For one clip: clips of ratings are short, about ten seconds."""

LONGEST_CLIP_S = 120.0
"""P.910 advises ten seconds; what takes longer than two minutes is no clip but a film."""

SHORTEST_CLIP_S = 0.5
"""Nobody can judge less."""

SAME_TIME_S = 1_000_000_000
"""All files bear this time: when one was made could tell what made it."""

CARD_S = 4.0
CARD_GREETING = "Are you still there?"
CARD_WIDTH_PX, CARD_HEIGHT_PX = 640, 360


def open_campaign(
    catalog: CatalogDatabase, campaign: CampaignDefinition, folder: Path, now: datetime
) -> dict[str, str]:
    """Write a campaign's media and open it; return each rater's token.

    Args:
        catalog: Where it is kept.
        campaign: As it was written down.
        folder: Of rating media.
        now: When.

    Raises:
        SettingsError: there is one of that id, or a clip is too long or has no picture.
        MediaToolError: a clip cannot be written anew.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: list[Path] = []
    try:
        clips = _prepare(campaign, folder, written)
        keys = [clip.key for clip in clips]
        plan = plan_scores if campaign.kind == "scores" else plan_preferences
        try:
            sessions = plan(keys, campaign.wishes())
        except ValueError as error:
            raise SettingsError(str(error)) from error
        opened = NewCampaign(
            id=campaign.id,
            title=campaign.title,
            kind=campaign.kind,
            dimensions=campaign.asked(),
            headphones_wanted=campaign.headphones,
            definition=campaign.model_dump(mode="json"),
            clips=clips,
            sessions=sessions,
        )
        with catalog.writing() as session:
            return put_campaign(session, opened, now)
    except BaseException:
        for path in written:
            path.unlink(missing_ok=True)
        raise


def write_blind(source: Path, target: Path) -> float:
    """Write a clip anew, in one form for all, and return its length in seconds.

    One encoder, one container, no names, no chapters, no second track: what is left is what is seen and
    heard.

    Raises:
        SettingsError: it is longer than two minutes.
        MediaToolError: it cannot be decoded.
    """
    info = probe_media(source, MediaLimits(min_duration_s=SHORTEST_CLIP_S))
    if info.duration_s > LONGEST_CLIP_S:
        message = f"{source} lasts {info.duration_s:.0f} s; a clip may last {LONGEST_CLIP_S:.0f} s."
        raise SettingsError(message)
    write_playable(source, target, timeout_s=WRITE_LIMIT_S)
    os.utime(target, (SAME_TIME_S, SAME_TIME_S))
    return info.duration_s


def write_card(text: str, target: Path) -> float:
    """Write a silent clip that shows some lines of text, and return its length in seconds."""
    import cv2

    picture = np.full((CARD_HEIGHT_PX, CARD_WIDTH_PX, 3), 245, np.uint8)
    for number, line in enumerate(text.split("\n")):
        (width, _), _ = cv2.getTextSize(line, cv2.FONT_HERSHEY_SIMPLEX, 0.9, 2)
        place = ((CARD_WIDTH_PX - width) // 2, 90 + 50 * number)  # above a player's buttons
        cv2.putText(picture, line, place, cv2.FONT_HERSHEY_SIMPLEX, 0.9, (40, 30, 20), 2, cv2.LINE_AA)
    size = f"{CARD_WIDTH_PX}x{CARD_HEIGHT_PX}"
    run_ffmpeg(
        [
            *("-f", "rawvideo", "-pix_fmt", "bgr24", "-s", size, "-r", "25", "-i", "pipe:0"),
            *("-f", "lavfi", "-t", str(CARD_S), "-i", "anullsrc=r=48000:cl=stereo"),
            *("-vf", f"loop=-1:1,trim=duration={CARD_S},format=yuv420p", *ENCODING, str(target)),
        ],
        task="write an attention card",
        timeout_s=WRITE_LIMIT_S,
        stdin=picture.tobytes(),
    )
    os.utime(target, (SAME_TIME_S, SAME_TIME_S))
    return CARD_S


def _prepare(campaign: CampaignDefinition, folder: Path, written: list[Path]) -> list[NewClip]:
    clips: list[NewClip] = []
    done: dict[Path, tuple[Path, float]] = {}
    originals: dict[Path, str] = {}
    for clip in campaign.clips:
        target, duration_s = _write_once(clip.file, folder, done, written)
        if clip.original is not None and clip.original not in originals:
            originals[clip.original] = _write_once(clip.original, folder, done, written)[0].name
        clips.append(
            NewClip(
                key=clip.key,
                file=target.name,
                duration_s=duration_s,
                expected=clip.expected,
                original=originals[clip.original] if clip.original else None,
                original_text=clip.original_text,
                run_id=clip.run,
                language=clip.language,
            )
        )
    named = any(clip.role == "attention" for clip in campaign.clips)
    if campaign.attention_per_rater and not named:
        clips += _attention_cards(campaign, folder, written)
    return clips


def _write_once(
    source: Path, folder: Path, done: dict[Path, tuple[Path, float]], written: list[Path]
) -> tuple[Path, float]:
    """Write a clip of its own for every use; where the source was encoded already, copy that."""
    target = _new_file(folder, written)
    if source in done:
        encoded, duration_s = done[source]
        shutil.copyfile(encoded, target)
        os.utime(target, (SAME_TIME_S, SAME_TIME_S))
    else:
        duration_s = write_blind(source, target)
        done[source] = target, duration_s
    return target, duration_s


def _attention_cards(campaign: CampaignDefinition, folder: Path, written: list[Path]) -> list[NewClip]:
    """Return one card more than a rater meets, so that not everybody meets the same ones."""
    if campaign.kind == "scores":
        scores = (2, 4, 1, 5)
        texts = {
            float(n): "\n".join((CARD_GREETING, f"Please choose {n}", "in every question.")) for n in scores
        }
    else:
        texts = {
            1.0: f"{CARD_GREETING}\nPlease say that\nthe FIRST clip is better.",
            -1.0: f"{CARD_GREETING}\nPlease say that\nthe SECOND clip is better.",
        }
    cards = []
    for expected, text in list(texts.items())[: campaign.attention_per_rater + 1]:
        target = _new_file(folder, written)
        duration_s = write_card(text, target)
        key = ClipKey("attention", f"card {expected:g}", "card")
        cards.append(NewClip(key, target.name, duration_s, expected=expected))
    return cards


def _new_file(folder: Path, written: list[Path]) -> Path:
    """Return a file whose name is drawn by lot."""
    path = folder / f"{secrets.token_hex(16)}.mp4"
    written.append(path)
    return path

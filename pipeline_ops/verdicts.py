"""Why a video, or one of its target languages, is not translated: codes for machines, words for people."""

from __future__ import annotations

from models.errors import RejectedInputError

REASONS: dict[str, str] = {
    "unreadable_media": "We could not read this file as a video. Please export it once more and upload that.",
    "damaged_upload": "This file did not arrive as it was sent. Please upload it once more.",
    "no_video_track": "This file has sound but no picture. Please upload a video.",
    "no_audio_track": "This video has no sound, so there is nothing to translate.",
    "too_short": "This video is {duration_s:.1f} s long; the shortest we translate is {limit_s:g} s.",
    "too_long": "This video is {duration_s:.0f} s long; the longest we translate is {limit_s:.0f} s.",
    "too_large": "This file is {size_mb:.0f} MB; the largest we take is {limit_mb:.0f} MB.",
    "too_many_pixels": "The picture is {width_px}x{height_px}; the largest we take has {limit_px} pixels.",
    "no_speech": "We heard {speech_s:.1f} s of speech in this video, too little to translate.",
    "uncertain_language": "We could not tell which language is spoken in this video.",
    "unsupported_source_language": "The language spoken here ({source}) is not one that we translate yet.",
    "unsupported_language_pair": "We do not translate from {source} to {target} yet.",
    "same_language": "This video is already in {target}.",
    "translation_too_long": "The translation is too long to be spoken within this video.",
    "subtitles_too_large": "The subtitle file is {size_mb:.1f} MB; the largest we take is {limit_mb:g} MB.",
    "unreadable_subtitles": "We could not read the subtitle file. Please save it as SRT or WebVTT, in UTF-8.",
    "no_subtitle_lines": "The subtitle file says nothing that somebody could speak.",
    "too_many_subtitles": "The subtitle file has more than {limit} lines; no video that we take has so many.",
    "subtitle_too_long": "Line {number} of the subtitle file has over {limit} characters. Please split it.",
    "subtitles_too_dense": "The subtitle file has more words than anybody could say in this video.",
    "subtitle_times": "Line {number} of the subtitle file has times that make no sense. Please correct them.",
    "subtitles_off_video": (
        "The subtitle file goes on until {end_s:.0f} s, but the video ends at {duration_s:.0f} s. Please"
        " make sure that it belongs to this video."
    ),
    "subtitles_other_language": "The subtitle file is not in {language}. Please choose one that is.",
    "subtitles_off_speech": "Almost none of the subtitles stand where somebody speaks in this video.",
    "added_toxicity": (
        "The translation would have said something hurtful that you did not say, so it was not made. Please"
        " give us your own wording as subtitles."
    ),
    "unfit_wording": "The translation into {language} did not come out well enough: {findings}.",
    "unfit_timing": "The dub in {language} does not fit the times of this video: {findings}.",
    "unfit_sound": "The sound of the dub in {language} did not come out well enough: {findings}.",
    "unfit_picture": "The lips of the dub in {language} do not go with its sound: {findings}.",
    "unfit_file": "The finished video in {language} is not whole: {findings}.",
    "garbage_transcript": "We could not make out clear speech in this video.",
}
"""Every reason code with the sentence its creator reads; fields are filled in by `rejection`."""


def rejection(reason_code: str, *, evidence: object | None = None, **facts: object) -> RejectedInputError:
    """Return the error that ends a run, or one language of it, as rejected.

    Args:
        reason_code: A key of `REASONS`.
        evidence: The stage's result, where it is to be stored although the stage rejects.
        **facts: What the sentence mentions (`duration_s`, `source`, ...).
    """
    return RejectedInputError(reason_code, REASONS[reason_code].format(**facts), evidence)

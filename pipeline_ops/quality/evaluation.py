"""What an evaluation of one translation comes to: plain data, so that two can be compared.

Every figure may be None: there was nothing to measure it on, or no model for the language. How each is
measured, with its source and its noise, is said where it is measured; here are its unit and its direction.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HeardLine:
    """One line as the finished video lets it be heard.

    Attributes:
        index: The utterance's.
        level_difference_lu: Loudness of the finished line less that of the original one, in LU.
        heard: What a recogniser wrote; None where nobody listened to this line.
        word_error_rate: Of what was heard against what was to be said; lower is better.
        letter_error_rate: The same of letters.
        similarity: Of the line's meaning to the original's (sentence similarity), at most 1; higher is
            better.
        voice_likeness: Of its voice to the original speaker's, at most 1; higher is better.
    """

    index: int
    level_difference_lu: float | None = None
    heard: str | None = None
    word_error_rate: float | None = None
    letter_error_rate: float | None = None
    similarity: float | None = None
    voice_likeness: float | None = None


@dataclass(frozen=True, slots=True)
class Metrics:
    """Every figure of one translation; names are columns of the `metrics` table of the gates.

    Attributes:
        line_count: Lines of the dub.
        word_error_rate: Back-transcription of the finished sound, mean over lines heard; lower is better.
        letter_error_rate: The same of letters; lower is better.
        sentence_similarity: Mean over lines, at most 1; higher is better. No ranking among good translations.
        speech_rate_correlation: -1 to 1; higher is better.
        pause_correlation: -1 to 1; higher is better.
        pitch_contour_similarity: -1 to 1; higher is better.
        energy_contour_similarity: -1 to 1; higher is better.
        voice_likeness: Mean over speakers, dub's voice to the original's, at most 1; higher is
            better.
        voice_likeness_change: The same less what was promised when the voice was fitted; nearer 0 is better.
        speech_quality: DNSMOS overall (P.835) of the finished sound, 1 to 5; higher is better.
        signal_quality: DNSMOS of the speech alone.
        speech_quality_change: `speech_quality` less the original's; higher is better.
        lips_changed: Whether the picture has new lips.
        lip_correlation: New lips against the dub, mean over tracks, -1 to 1; higher is better.
        lip_gain: The same less that of the original lips; above 0 is better.
        lip_offset_s: Sound against new lips, the furthest of the tracks, in s; nearer 0 is better.
        start_error_p95_s: 95th percentile of how far lines start from the original's, in s; lower is better.
        speed_mean: Mean pace against natural; nearer 1 is better.
        speed_max: The fastest line's.
        hurried_share: Of lines, faster than a listener lets pass (1.2); lower is better.
        overflow_max_s: The furthest that a line runs past its original's end, in s; lower is better.
        background_correlation: Of dub and original in pauses, -1 to 1; higher is better.
        background_change_db: Level in pauses, dub less original, in dB; nearer 0 is better.
        loudness_difference_lu: Of the finished sound to the source; nearer 0 is better.
        finished_lufs: Loudness of the finished sound (BS.1770); silence is -70.
        true_peak_dbtp: Of the finished sound; lower than -1 is safe.
        clipped_share: Of samples; lower is better.
        sound_offset_s: How late the finished sound is against the planned speech; nearer 0 is better.
        duration_difference_s: Finished file less source, in s; nearer 0 is better.
        sound_end_difference_s: End of the dub's track less that of the source's timeline, in s.
        heard_language: What a language identifier hears in the finished speech.
        target_probability: That it is the target language, 0 to 1; higher is better.
        source_probability: That it is still the source language; lower is better.
        picture_frames_difference: Frames of the finished picture less the source's.
        subtitle_tracks: Tracks of subtitles in the file.
        frozen_share: Of the moments looked at in which the original's picture moves, those in which the
            finished one stands still; lower is better.
    """

    line_count: int
    word_error_rate: float | None = None
    letter_error_rate: float | None = None
    sentence_similarity: float | None = None
    speech_rate_correlation: float | None = None
    pause_correlation: float | None = None
    pitch_contour_similarity: float | None = None
    energy_contour_similarity: float | None = None
    voice_likeness: float | None = None
    voice_likeness_change: float | None = None
    speech_quality: float | None = None
    signal_quality: float | None = None
    speech_quality_change: float | None = None
    lips_changed: bool = False
    lip_correlation: float | None = None
    lip_gain: float | None = None
    lip_offset_s: float | None = None
    start_error_p95_s: float | None = None
    speed_mean: float | None = None
    speed_max: float | None = None
    hurried_share: float | None = None
    overflow_max_s: float | None = None
    background_correlation: float | None = None
    background_change_db: float | None = None
    loudness_difference_lu: float | None = None
    finished_lufs: float | None = None
    true_peak_dbtp: float | None = None
    clipped_share: float | None = None
    sound_offset_s: float | None = None
    duration_difference_s: float | None = None
    sound_end_difference_s: float | None = None
    heard_language: str | None = None
    target_probability: float | None = None
    source_probability: float | None = None
    picture_frames_difference: int | None = None
    subtitle_tracks: int | None = None
    frozen_share: float | None = None

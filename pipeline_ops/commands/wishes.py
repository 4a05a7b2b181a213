"""What somebody hands to a command along with a video: a glossary, subtitles of their own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline_ops.attach import SUBTITLES_TYPE
from pipeline_ops.errors import SettingsError
from pipeline_ops.glossary import LARGEST_FILE_BYTES, read_glossary
from pipeline_ops.platform import Platform
from pipeline_ops.request import GLOSSARY, SOURCE_SUBTITLES, TARGET_SUBTITLES, parse_languages
from pipeline_ops.runner import ingest
from pipeline_ops.safety.consent import parse_uses

GlossaryFile = Annotated[
    Path | None,
    typer.Option(
        help='How words are to be said, over the creator\'s own: a JSON file {"pt": {"stream": "live"}, "*":'
        ' {"GoPro": null}}; null keeps a word as written, * is every language.',
        show_default=False,
    ),
]
SourceSubtitles = Annotated[
    Path | None,
    typer.Option(help="Subtitles of what is said, SRT or WebVTT, to be taken for it.", show_default=False),
]
TargetSubtitles = Annotated[
    list[str] | None,
    typer.Option(
        help="A translation of your own to be spoken: pt=talk.pt.srt. Repeatable.", show_default=False
    ),
]

ConsentStatement = Annotated[
    str | None,
    typer.Option(
        "--consent",
        help="You state that the people in the video agreed: `voice` (one like theirs), `lips` (that follow"
        " the new words), or `voice,lips`. Otherwise a stock voice speaks and lips stay. A creator's own"
        " consents are recorded: `dubwright consent`.",
        show_default=False,
    ),
]
NOBODY_AGREED = (
    "Nobody's consent is stated, so a stock voice speaks and lips stay as they are. Where the people in the"
    " video agreed: --consent voice,lips"
)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is said and handed over with a video.

    Attributes:
        glossary: A file of this machine.
        source_subtitles: Likewise.
        target_subtitles: Likewise, written `pt=FILE`.
        consent: What the people in it agreed to, such as `voice,lips`; None where nothing is said.
    """

    glossary: Path | None = None
    source_subtitles: Path | None = None
    target_subtitles: tuple[str, ...] = ()
    consent: str | None = None

    def params(self, platform: Platform, languages: tuple[str, ...]) -> dict[str, Any]:
        """Return the parameters of a run into `languages` that attach them, the subtitles ingested.

        Raises:
            SettingsError: a file cannot be read, the glossary is none, or there are subtitles in a language
                into which nothing is to be translated.
        """
        params: dict[str, Any] = {}
        if self.consent is not None:
            params["consent"] = list(parse_uses(self.consent))
        if self.glossary is not None:
            params[GLOSSARY] = read_glossary_file(self.glossary)
        if self.source_subtitles is not None:
            params[SOURCE_SUBTITLES] = _ingested(self.source_subtitles, platform)
        if self.target_subtitles:
            named = dict(_language_and_file(choice) for choice in self.target_subtitles)
            if others := sorted(set(named) - set(languages)):
                message = (
                    f"There are subtitles in {others[0]}, but the video is not to be translated into it."
                )
                raise SettingsError(message)
            params[TARGET_SUBTITLES] = {
                language: _ingested(file, platform) for language, file in named.items()
            }
        return params


def read_glossary_file(file: Path) -> dict[str, dict[str, str]]:
    """Read a glossary.

    Raises:
        SettingsError: the file cannot be read, or is no glossary.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(LARGEST_FILE_BYTES + 1)
        if len(content) > LARGEST_FILE_BYTES:
            message = f"it is larger than {LARGEST_FILE_BYTES / 1e6:g} MB"
            raise SettingsError(message)
        return read_glossary(content)
    except (OSError, SettingsError) as error:
        message = f"The glossary {file} cannot be read: {error}"
        raise SettingsError(message) from error


def _language_and_file(choice: str) -> tuple[str, Path]:
    language, equals, file = choice.partition("=")
    if not (language and equals and file):
        message = f"{choice!r} should look like pt=talk.pt.srt"
        raise SettingsError(message)
    return parse_languages(language)[0], Path(file)


def _ingested(file: Path, platform: Platform) -> str:
    if not file.is_file():
        message = f"There is no file {file}."
        raise SettingsError(message)
    return str(ingest(file, platform, media_type=SUBTITLES_TYPE))

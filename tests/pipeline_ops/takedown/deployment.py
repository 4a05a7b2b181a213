"""A small deployment with videos of two creators, made as runs make them, but for the models."""

from __future__ import annotations

import dataclasses
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.types import VoiceDesign, VoiceShare
from pipeline_ops.artefacts import to_json
from pipeline_ops.attach import attach_consents
from pipeline_ops.catalog.arrivals import begin_arrival
from pipeline_ops.catalog.consents import give_consent
from pipeline_ops.catalog.creators import Creator, put_creator
from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.keys import media_id
from pipeline_ops.catalog.recorder import record_end
from pipeline_ops.catalog.run_facts import RunFacts, RunOrder, StageFacts, TranslationFacts, source_facts
from pipeline_ops.checkpoints.blobs import download_blob
from pipeline_ops.checkpoints.manifest import CheckpointReference, Manifest, ModelRecord
from pipeline_ops.checkpoints.parts import PartsInStore
from pipeline_ops.checkpoints.store import manifest_key
from pipeline_ops.graph import FINAL_STAGE, PACKAGE_STAGE
from pipeline_ops.incoming.storage import open_incoming
from pipeline_ops.platform import Platform
from pipeline_ops.report import LanguageReport, Report, StageReport
from pipeline_ops.request import Request
from pipeline_ops.run_record import record_run
from pipeline_ops.runner import ingest
from pipeline_ops.settings import Settings
from pipeline_ops.stages.synthesize import Take
from pipeline_ops.voices.records import SpeakerVoice
from tests.pipeline_ops.catalog.making import NOW, digest_of, facts
from tests.pipeline_ops.checkpoints.making import make_manifest, write_files

FITTED = VoiceDesign((VoiceShare("one", 0.4), VoiceShare("two", 0.6)), (VoiceShare("one", 1.0),))


@dataclass
class Deployment:
    """Where everything lies; `made` is every checkpoint by run and language."""

    platform: Platform
    catalog: CatalogDatabase
    folder: Path
    made: dict[tuple[str, str], set[CheckpointReference]]

    @classmethod
    def at(cls, folder: Path) -> Deployment:
        settings = Settings.from_environment({"DUBWRIGHT_HOME": str(folder / "home")})
        platform = Platform.from_environment(settings)
        return cls(platform, open_catalog(settings), folder, {})

    def copy_to(self, folder: Path) -> Deployment:
        """Return another deployment that begins where this one stands."""
        self.catalog.close()
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return dataclasses.replace(Deployment.at(folder), made=dict(self.made))

    def add_creator(self, creator_id: str) -> None:
        with self.catalog.writing() as session:
            put_creator(session, Creator(creator_id, creator_id.title(), languages=("pt", "es")))
            for use in ("dub", "voice", "lips"):
                give_consent(session, creator_id, use, by=creator_id, text_version="1")  # type: ignore[arg-type]

    def translate(self, run_id: str, video: str, *languages: str, creator_id: str) -> str:
        """Make what a run makes, publish it, and return the video's id."""
        file = self.folder / f"{video}.mp4"
        file.write_text(f"video {video}")
        source = ingest(file, self.platform)
        request = attach_consents(Request(source, languages, "embedded"), self.platform)
        heard = self._commit("transcribe", f"{video}", [source], text=f"words of {video}")
        lips = self._commit("fit_lips", f"{video}", [source], text=f"mouth in {video}")
        stages = [self._stage(None, heard), self._stage(None, lips)]
        finals = {}
        for language in languages:
            in_it = f"{video} {language}"
            lines = self._commit("translate", in_it, [heard.reference], text=f"lines of {in_it}")
            voice = SpeakerVoice("s", FITTED, (), "fitted", None, 100.0, 110.0)
            fitted = (tuple[SpeakerVoice, ...], (voice,))
            voices = self._commit("fit_voice", in_it, [heard.reference], voices=fitted)
            take = Take(0, 0, f"say {in_it}", "plain", 0.0, "s", 1.0, 0, 10, 1.0, 1.0)
            said = self._commit(
                "synthesize", in_it, [lines.reference, voices.reference], takes=(tuple[Take, ...], (take,))
            )
            made_of = [said.reference, lips.reference, source]
            final = self._commit(FINAL_STAGE, in_it, made_of, video=f"film {in_it}")
            packaged = self._commit(PACKAGE_STAGE, in_it, [said.reference], streams=f"segment of {in_it}")
            finals[language] = final
            made = (lines, voices, said, final, packaged)
            self._copy_for_pages(packaged)
            stages += [self._stage(language, each) for each in made]
            self.made[run_id, language] = {each.reference for each in made}
            self._remember(f"say {in_it}")
        self.made[run_id, ""] = {heard.reference, lips.reference, source}
        self._record(run_id, request, stages, finals, creator_id)
        return media_id(creator_id, str(source))

    def _record(
        self,
        run_id: str,
        request: Request,
        stages: list[StageFacts],
        finals: dict[str, Manifest],
        creator_id: str,
    ) -> None:
        report = Report(
            status="done",
            source=str(request.source),
            profile="embedded",
            source_language="en",
            languages=tuple(LanguageReport(each, "done") for each in finals),
            stages=tuple(each.report for each in stages),
        )
        reference = record_run(report, run_id, self.platform)
        run: RunFacts = dataclasses.replace(
            facts(run_id, done=tuple(finals)),
            order=RunOrder(run_id, requested_at=NOW, creator_id=creator_id),
            request=request,
            source=source_facts(request.source, self.platform),
            report=str(reference),
            stages=tuple(stages),
            translations=tuple(
                TranslationFacts(language, str(final.reference), final.artefacts[0].sha256, ("voice", "lips"))
                for language, final in finals.items()
            ),
        )
        with self.catalog.writing() as session:
            record_end(session, run)

    def _commit(self, stage: str, what: str, inputs: list[CheckpointReference], **artefacts: Any) -> Manifest:
        contents = {
            name: value.encode() if isinstance(value, str) else to_json(*value)
            for name, value in artefacts.items()
        }
        files = write_files(self.folder, **contents)
        manifest = make_manifest(CheckpointReference(stage, digest_of(f"{stage} {what}")), files, inputs)
        return self.platform.store.commit(manifest, files)

    def _stage(self, language: str | None, manifest: Manifest) -> StageFacts:
        reference = manifest.reference
        return StageFacts(StageReport(reference.stage, language, str(reference), False), manifest)

    def _remember(self, text: str) -> None:
        file = self.folder / "said.flac"
        file.write_text(f"sound of {text}")
        work = {"text": text, "language": "pt", "voice": dataclasses.asdict(FITTED), "speed": 1.0}
        PartsInStore(self.platform.store, "synthesize", 1, ModelRecord("m", digest_of("m"))).keep(work, file)

    def _copy_for_pages(self, manifest: Manifest) -> None:
        """Keep a copy as the inspection pages do of a remote store."""
        for artefact in manifest.artefacts:
            download_blob(self.platform.store.storage, artefact, self.platform.settings.inspection_cache)

    def upload(self, creator_id: str, name: str) -> None:
        """Put a file into the creator's folder of the media bucket."""
        place = Path(self.platform.settings.media_url) / creator_id / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"upload of {creator_id}")

    def begin_sending(self, creator_id: str) -> str:
        """Begin a file through the studio, with one part of it there, and return its id."""
        with self.catalog.writing() as session:
            arrival = begin_arrival(
                session, creator_id, file_name="x.mp4", size_bytes=9, part_bytes=5, sha256=None, now=NOW
            ).id
        incoming = open_incoming(self.platform.settings.media_url)
        incoming.begin(arrival)
        incoming.put_part(arrival, 1, [b"part "])
        return arrival

    def uploads(self) -> list[str]:
        """Return the names of all files in the media bucket, what is on its way among them."""
        root = Path(self.platform.settings.media_url)
        return sorted(file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file())

    def copies(self) -> str:
        """Return the text of all copies that pages keep."""
        folder = self.platform.settings.inspection_cache
        return "\n".join(sorted(file.read_text() for file in folder.iterdir()))

    def is_there(self, reference: CheckpointReference) -> bool:
        return self.platform.store.storage.stat(manifest_key(reference)) is not None

    def contents(self) -> set[str]:
        """Return the text of every object in the store: what anybody could fetch."""
        storage = self.platform.store.storage
        return {storage.get_bytes(each.key).decode(errors="replace") for each in storage.walk("blobs")}

    def is_whole(self) -> bool:
        """Tell whether no remaining checkpoint lacks anything."""
        store = self.platform.store
        return all(store.verify(reference) == [] for reference in store.references()) and all(
            self.is_there(reference) for each in store.publications() for reference in each.references
        )

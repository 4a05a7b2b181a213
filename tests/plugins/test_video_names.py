from __future__ import annotations

from pathlib import Path
from typing import Any

from pipeline_ops.catalog.arrivals import become_upload, begin_arrival
from pipeline_ops.catalog.creators import put_creator
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.media_bucket import MediaFile
from tests.pipeline_ops.catalog.making import ANN, NOW


def run(run_id: str, **conf: Any) -> Any:
    from dubwright_inspection.airflow_runs import Run

    return Run(run_id, "success", conf, None, None, None, None, ("pt",), None, {})


def test_what_came_through_the_studio_has_its_senders_name_also_where_it_was_reworded(
    tmp_path: Path,
) -> None:
    from dubwright_inspection.video_names import video_names

    with CatalogDatabase(f"sqlite:///{tmp_path}/catalog.db") as catalog:
        catalog.migrate()
        with catalog.writing() as session:
            put_creator(session, ANN)
            begun = begin_arrival(
                session, "ann", file_name="My talk.mp4", size_bytes=9, part_bytes=9, sha256=None, now=NOW
            )
            upload = become_upload(session, begun.id, MediaFile(begun.final_address, 9, NOW), NOW).upload_id
        runs = [
            run("sent", video=begun.final_address, upload=upload),
            run("edited", video="ingest/" + "0" * 64, upload=upload, edited_from={"run_id": "sent"}),
            run("by-hand", video="talk.mp4"),
            run("backlog", video="ann/talk.mp4", upload="f" * 32),
        ]
        with catalog.reading() as session:
            assert video_names(runs, session) == {
                "sent": "My talk.mp4",
                "edited": "My talk.mp4",
                "by-hand": "talk.mp4",
                "backlog": "ann/talk.mp4",
            }

"""Looks at what arrived before it counts as an upload: is it what was sent, and is it a video that we take?

It is done beside the requests, since a long video takes minutes to read. Killed anywhere, it is begun again
with the next question about the arrival, and goes on from what is there.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime
from typing import cast

from pipeline_ops.catalog.arrivals import Arrival, become_upload, end_arrival, note_activity
from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.digests import sha256_of_file
from pipeline_ops.errors import FaultError, RejectedInputError
from pipeline_ops.incoming.storage import IncomingStorage, PartMissingError
from pipeline_ops.media.probe import MediaLimits, probe_media
from pipeline_ops.media_bucket import MediaFile
from pipeline_ops.request import parameters_for
from pipeline_ops.scratch import scratch_folder
from pipeline_ops.settings import Settings
from pipeline_ops.stages.probe import probe
from pipeline_ops.verdicts import rejection

log = logging.getLogger(__name__)

AT_A_TIME = 2
"""Each reads a file in full; more would take the machine from those who send."""

PAUSE_S = 30.0
"""Before another try where something outside failed."""

OUR_FAULT = "Something failed on our side while we looked at this file. Please send it once more later."


def media_limits(settings: Settings) -> MediaLimits:
    """Return what the deployment takes: as the stage `probe` will judge it."""
    return cast("MediaLimits", parameters_for(probe, settings.stage_parameters.get("probe", {}), {}))


class Inspector:
    """Looks at arrivals, a few at a time, in threads of its own. Threads may share it.

    Args:
        settings: The deployment.
        catalog: Keeps what is found.
        incoming: Where the files are.
    """

    def __init__(self, settings: Settings, catalog: CatalogDatabase, incoming: IncomingStorage) -> None:
        self._settings = settings
        self._catalog = catalog
        self._incoming = incoming
        self._places = threading.Semaphore(AT_A_TIME)
        self._lock = threading.Lock()
        self._at_it: set[str] = set()
        self._not_before_s: dict[str, float] = {}

    def begin(self, arrival: Arrival) -> None:
        """Begin to look at an arrival, unless that goes on already, or failed a moment ago."""
        with self._lock:
            if arrival.id in self._at_it or time.monotonic() < self._not_before_s.get(arrival.id, 0.0):
                return
            self._at_it.add(arrival.id)
        # A daemon: what is cut off is begun again, so the service need not wait for it to end.
        threading.Thread(target=self._work, args=(arrival,), name="inspection", daemon=True).start()

    def _work(self, arrival: Arrival) -> None:
        with self._places:
            try:
                self.inspect(arrival)
            except Exception:  # whatever it was, the next question about the arrival begins again
                log.exception("The arrival %s could not be looked at; it is tried again.", arrival.id)
                with self._lock:
                    self._not_before_s[arrival.id] = time.monotonic() + PAUSE_S
            else:
                with self._lock:
                    self._not_before_s.pop(arrival.id, None)
            finally:
                with self._lock:
                    self._at_it.discard(arrival.id)

    def inspect(self, arrival: Arrival) -> None:
        """Look at an arrival whose parts have all come, and write down what it is.

        Raises:
            StorageUnavailableError: the bucket does not answer; nothing was decided.
            CatalogUnavailableError: the catalog does not answer; as before.
            ProcessKilledError: the process that read the file was ended from outside.
        """
        try:
            file = self._incoming.admitted(arrival.final_address) or self._admit(arrival)
        except PartMissingError:  # parts were removed meanwhile, or are of another size: to be sent again
            with self._catalog.writing() as session:
                note_activity(session, arrival.id, datetime.now(UTC), "open")
        except FileNotFoundError:  # another process was quicker: what it found is in the catalog, or soon
            log.info("The arrival %s was moved while it was looked at.", arrival.id)
        except RejectedInputError as error:
            self._reject(arrival, error.reason_code, str(error))
        except FaultError:
            log.exception("The arrival %s could not be looked at.", arrival.id)
            self._reject(arrival, None, OUR_FAULT)
        else:
            with self._catalog.writing() as session:
                become_upload(session, arrival.id, file, datetime.now(UTC))

    def _admit(self, arrival: Arrival) -> MediaFile:
        sizes = tuple(arrival.part_size_bytes(number + 1) for number in range(arrival.parts))
        self._incoming.join(arrival.id, sizes)
        with scratch_folder(self._settings.scratch_dir, "arrival") as folder:
            path = self._incoming.fetch(arrival.id, folder)
            if arrival.sha256 is not None and sha256_of_file(path) != arrival.sha256:
                raise rejection("damaged_upload")
            probe_media(path, media_limits(self._settings))
        return self._incoming.admit(arrival.id, arrival.final_address)

    def _reject(self, arrival: Arrival, reason_code: str | None, message: str) -> None:
        with self._catalog.writing() as session:
            end_arrival(
                session, arrival.id, "rejected", datetime.now(UTC), reason_code=reason_code, message=message
            )
        self._incoming.discard(arrival.id)

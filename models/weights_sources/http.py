"""Downloads over HTTP that survive a cut connection: by Range, from where they stopped."""

from __future__ import annotations

from pathlib import Path

import httpx

from models.weights_sources.base import Counter, HostUnreachableError, SourceFailedError, Wanted

# A host that does not answer in 5 s is taken for unreachable, so that the next source is tried at
# once; 30 s without a byte is a dead connection, even on a slow line.
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
# How often a download that was cut is taken up again, as long as each try brings something.
ATTEMPTS = 5


def new_client() -> httpx.Client:
    """Return a client that follows redirects, as hubs send them to their stores."""
    return httpx.Client(timeout=TIMEOUT, follow_redirects=True)


def download(client: httpx.Client, url: str, path: Path, counter: Counter) -> None:
    """Fetch `url` into `path`, after what an earlier try left there.

    What has arrived stays in `path` when this fails, for the next time. Past the counter's total it
    stops: the file is not the right one then, which its digest will tell, and must not fill the disk.

    Raises:
        HostUnreachableError: no connection.
        SourceFailedError: an error status, or cut too often.
    """
    for attempt in range(1, ATTEMPTS + 1):
        start_bytes = path.stat().st_size if path.exists() else 0
        try:
            _download_rest(client, url, path, start_bytes, counter)
        except httpx.HTTPStatusError as error:
            message = f"it answered {error.response.status_code} {error.response.reason_phrase}"
            raise SourceFailedError(message) from error
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise HostUnreachableError(str(error) or "the host does not answer") from error
        except (httpx.TransportError, httpx.StreamError) as error:
            gained = path.exists() and path.stat().st_size > start_bytes
            if attempt == ATTEMPTS or not gained:
                reason = str(error) or type(error).__name__
                raise SourceFailedError(reason) from error
        except (httpx.InvalidURL, httpx.TooManyRedirects) as error:
            raise SourceFailedError(str(error)) from error
        else:
            return


def _download_rest(client: httpx.Client, url: str, path: Path, start_bytes: int, counter: Counter) -> None:
    # Without compression, so that ranges and lengths count the file's own bytes.
    headers = {"Accept-Encoding": "identity"}
    if start_bytes:
        headers["Range"] = f"bytes={start_bytes}-"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and start_bytes:
            # What lies there is as long as the file, or longer: whole, or not this file at all. The
            # digest will tell.
            return
        response.raise_for_status()
        resumed = response.status_code == httpx.codes.PARTIAL_CONTENT
        counter.set(start_bytes if resumed else 0)
        with path.open("ab" if resumed else "wb") as stream:
            # As blocks come: one that is gathered to a round size would be lost when the line is cut.
            for block in response.iter_raw():
                stream.write(block)
                counter.advance(len(block))
                if counter.total_bytes and counter.done_bytes > counter.total_bytes:
                    return


def fetch_address(client: httpx.Client, url: str, source: str, wanted: Wanted) -> None:
    """Download the wanted file itself from `url`; see `download`."""
    download(client, url, wanted.destination, wanted.counter(source))

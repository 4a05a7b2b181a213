"""Viewers get the version of their arm: always the same one, from every address, and it is written down."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from fastapi.testclient import TestClient

from pipeline_ops.catalog.database import CatalogDatabase, open_catalog
from pipeline_ops.catalog.experiments import start_experiment, stop_experiment
from pipeline_ops.catalog.playback_tables import PlaybackRow
from pipeline_ops.catalog.publishing import refuse
from pipeline_ops.catalog.reports import reports
from pipeline_ops.catalog.tables import TranslationRow
from pipeline_ops.delivery import running_experiment
from pipeline_ops.delivery.app import create_app
from pipeline_ops.delivery.viewer import COOKIE, Viewer
from pipeline_ops.experiments.definition import ExperimentDefinition
from tests.e2e.browser import start_chromium, wait_until
from tests.pipeline_ops.catalog.making import OLD_TRANSLATOR
from tests.pipeline_ops.delivery.conftest import serving
from tests.pipeline_ops.delivery.making import MadeVideo, make_platform, make_video
from tests.pipeline_ops.delivery.watching import page_data

EXPERIMENT = ExperimentDefinition.model_validate(
    {
        "name": "translator",
        "arms": {"old": 1, "new": 1},
        "shows": {"old": {"model": OLD_TRANSLATOR}, "new": {"model": "new-translator"}},
        "metrics": {"watched_s": {"event": "watched_s", "aggregate": "sum", "highest": 60}},
    }
)
LOTS = {
    arm: next(lot for lot in range(1, 99) if EXPERIMENT.arm_of(str(lot)) == arm) for arm in ("old", "new")
}


@pytest.fixture(scope="module")
def tried(talk: MadeVideo, tmp_path_factory: pytest.TempPathFactory) -> MadeVideo:
    """A talk with Spanish and Portuguese, and another Spanish, of a new model, that nobody has decided about.

    The new one has changed lips, so that versions can be told apart by their picture.
    """
    platform = make_platform(tmp_path_factory.mktemp("tried"))
    video = make_video(platform, talk.folder)
    new = {"translator": "new-translator", "held": True, "after": timedelta(hours=1)}
    make_video(platform, talk.folder, ("es",), lips_changed=("es",), run_id="run-2", **new)
    with open_catalog(platform.settings) as catalog, catalog.writing() as session:
        start_experiment(session, EXPERIMENT, by="ann")
    return video


@pytest.fixture(scope="module")
def running(tried: MadeVideo) -> Iterator[TestClient]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running_experiment, "REMEMBERED_S", 0.0)
        with TestClient(create_app(tried.platform), base_url="http://viewers.test") as client:
            yield client


@pytest.fixture
def client(running: TestClient) -> Iterator[TestClient]:
    running.cookies.clear()
    yield running
    running.cookies.clear()


@pytest.fixture
def catalog(tried: MadeVideo) -> Iterator[CatalogDatabase]:
    with open_catalog(tried.platform.settings) as catalog:
        yield catalog


def of_arm(client: TestClient, arm: str) -> TestClient:
    """Make the browser one of a viewer in that arm."""
    client.cookies.clear()
    client.cookies.set(COOKIE, Viewer(lot=LOTS[arm]).to_cookie(), domain="viewers.test")
    return client


def is_new(manifest: str) -> bool:
    return "es-video-180p" in manifest


def test_a_viewer_gets_the_version_of_their_arm_and_the_answer_says_so(
    client: TestClient, tried: MadeVideo
) -> None:
    for arm in LOTS:
        for manifest in ("master.m3u8", "manifest.mpd"):
            address = f"/v/{tried.media_id}/{manifest}"
            answer = of_arm(client, arm).get(address, headers={"Accept-Language": "es"})
            assert is_new(answer.text) == (arm == "new")
            assert answer.headers["dubwright-experiment"] == f"translator; {arm}"
            assert answer.headers["vary"] == "Accept-Language, Cookie"
            assert answer.headers["cache-control"] == "private, no-cache"


def test_the_page_draws_a_lot_once_and_its_addresses_say_all_that_decides(
    client: TestClient, tried: MadeVideo
) -> None:
    first = page_data(client, tried, "es")
    lot = Viewer.from_cookie(client.cookies[COOKIE]).lot
    assert lot is not None and first["arm"] == EXPERIMENT.arm_of(str(lot))
    for _ in range(3):
        assert page_data(client, tried, "es")["arm"] == first["arm"]
    client.cookies.clear()  # a cache knows no cookies
    for arm in LOTS:
        answer = client.get(f"/v/{tried.media_id}/master.m3u8?language=es&arm={arm}")
        assert is_new(answer.text) == (arm == "new")
        assert answer.headers["cache-control"] == "public, no-cache" and "vary" not in answer.headers


def test_every_address_of_an_arms_version_leads_to_that_version(client: TestClient, tried: MadeVideo) -> None:
    files = {}
    for arm in LOTS:
        base = f"/v/{tried.media_id}/master.m3u8?language=es&arm={arm}"
        text = client.get(base).text
        sound = re.search(r'"(playlists/es-audio[^"]+)"', text)
        picture = re.search(r"^playlists/.*video.*$", text, re.MULTILINE)
        assert sound is not None and picture is not None
        for playlist in (sound[1], picture[0]):
            answer = client.get(urljoin(base, playlist))
            assert playlist.endswith(f"?arm={arm}") and answer.status_code == 200
            address = re.search(r'URI="([^"]+)"', answer.text)
            assert address is not None
            assert client.head(urljoin(str(answer.request.url), address[1])).status_code == 200
        files[arm] = picture[0]
    assert files["old"] != files["new"]


def test_an_address_without_an_arm_is_what_is_published_for_everybody(
    client: TestClient, tried: MadeVideo
) -> None:
    answers = [
        of_arm(client, "new").get(f"/v/{tried.media_id}/master.m3u8?language=es"),
        client.get(f"/v/{tried.media_id}/master.m3u8?language=es&arm=nobodys"),
    ]
    client.cookies.clear()
    answers.append(client.get(f"/v/{tried.media_id}/master.m3u8", headers={"Accept-Language": "es"}))
    assert len({answer.text for answer in answers}) == 1
    assert not is_new(answers[0].text)
    assert client.get(f"/v/{tried.media_id}/master.m3u8?arm=a%20b").status_code == 422


def test_arms_get_their_shares(client: TestClient, tried: MadeVideo) -> None:
    arms = Counter(EXPERIMENT.arm_of(str(Viewer().with_lot().lot)) for _ in range(2000))
    assert 850 < arms["new"] < 1150


def test_a_feeds_hints_are_of_the_arm(client: TestClient, tried: MadeVideo) -> None:
    answer = of_arm(client, "new").get(f"/feed?media={tried.media_id}", headers={"Accept-Language": "es"})
    [hint] = answer.json()["videos"]
    assert hint["hls"].endswith("?language=es&arm=new")
    for first in hint["first"]:
        assert client.get(first["address"], headers={"Range": "bytes=0-9"}).status_code == 206


def test_what_was_watched_and_reported_is_written_with_the_arm_and_its_run(
    client: TestClient, tried: MadeVideo, catalog: CatalogDatabase
) -> None:
    for arm, run_id in (("old", "run-1"), ("new", "run-2")):
        view = page_data(of_arm(client, arm), tried, "es")["view"]
        told = {
            "view": view,
            "tracks": [
                {"track": "es", "given": True, "started": True, "finished": True, "watched_s": 3.0},
                {"track": "original", "chosen": True},
                {"track": "pt", "chosen": True},
            ],
        }
        assert client.post(f"/v/{tried.media_id}/playbacks", json=told).status_code == 204
        complaint = {"view": view, "language": "es", "reason": "wrong_voice"}
        assert client.post(f"/v/{tried.media_id}/reports", json=complaint).status_code == 204
        rows = _rows(catalog, view[:32])
        assert [(row.track, row.run_id, row.arm) for row in rows] == [
            ("es", run_id, arm),
            ("original", None, arm),
            ("pt", "run-1", None),
        ]
        assert (rows[0].experiment, rows[0].lot, rows[0].finished) == ("translator", LOTS[arm], True)
    with catalog.reading() as session:
        assert {row.run_id for row in reports(session, media_id=tried.media_id)} == {"run-1", "run-2"}


def test_who_hears_the_original_alone_met_no_arm(
    client: TestClient, tried: MadeVideo, catalog: CatalogDatabase
) -> None:
    view = page_data(of_arm(client, "new"), tried, "en")["view"]
    told = {"view": view, "tracks": [{"track": "original", "given": True}]}
    assert client.post(f"/v/{tried.media_id}/playbacks", json=told).status_code == 204
    assert [row.arm for row in _rows(catalog, view[:32])] == [None]


def test_a_page_that_claims_another_arm_is_refused(client: TestClient, tried: MadeVideo) -> None:
    view = page_data(of_arm(client, "new"), tried, "es")["view"]
    claimed = {"view": view.replace("~new~", "~old~"), "tracks": [{"track": "es", "given": True}]}
    assert client.post(f"/v/{tried.media_id}/playbacks", json=claimed).status_code == 403


@pytest.mark.e2e
def test_a_page_plays_the_version_of_its_arm_and_tells_when_it_was_heard_to_the_end(
    tried: MadeVideo, catalog: CatalogDatabase
) -> None:
    ended = "document.getElementById('video').ended"
    with serving(tried.platform) as address, start_chromium() as browser:
        context = browser.new_context(extra_http_headers={"Accept-Language": "es"})
        cookie = Viewer(lot=LOTS["new"]).to_cookie()
        context.add_cookies([{"name": COOKIE, "value": cookie, "url": address}])
        page, asked = context.new_page(), list[str]()
        page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        page.goto(f"{address}/v/{tried.media_id}")
        wait_until(page, "document.getElementById('player').dataset.ready === 'true'")
        page.click("#play")
        wait_until(page, "document.getElementById('video').currentTime > 0.3")
        page.evaluate("document.getElementById('video').currentTime = 10.8")
        wait_until(page, ended)
        view_id = page.evaluate("JSON.parse(document.getElementById('video-data').textContent).view")[:32]
        deadline = time.monotonic() + 10
        while not (rows := _rows(catalog, view_id)) or not rows[0].finished:
            assert time.monotonic() < deadline
            page.wait_for_timeout(100)
    assert "master.m3u8?language=es&arm=new" in asked
    assert any(re.fullmatch(r"es-video-\d+p\.m3u8\?arm=new", each) for each in asked)
    assert (rows[0].track, rows[0].run_id, rows[0].arm) == ("es", "run-2", "new")


def test_what_is_refused_or_ended_is_shown_to_nobody_any_more(
    client: TestClient, tried: MadeVideo, catalog: CatalogDatabase
) -> None:
    address = f"/v/{tried.media_id}/master.m3u8?language=es&arm=new"
    playlist = urljoin(address, "playlists/es-video-180p.m3u8?arm=new")
    file = re.search(r'URI="([^"]+)"', client.get(playlist).text)
    assert file is not None
    with catalog.writing() as session:
        refuse(session, "run-2", "es", by="ann")
    try:
        assert not is_new(client.get(address).text)
        assert client.get(urljoin(playlist, file[1])).status_code == 404
        assert page_data(client, tried, "es")["arm"] is None
        assert COOKIE not in client.cookies, "nobody is given a lot where no experiment is about the video"
    finally:
        with catalog.writing() as session:
            session.get_one(TranslationRow, ("run-2", "es")).state = "held"
    assert is_new(client.get(address).text)
    with catalog.writing() as session:
        stop_experiment(session, by="ann")
    assert not is_new(client.get(address).text)


def _rows(catalog: CatalogDatabase, view_id: str) -> list[PlaybackRow]:
    deadline = time.monotonic() + 10
    while True:
        with catalog.reading() as session:
            rows = session.query(PlaybackRow).filter_by(view_id=view_id).order_by(PlaybackRow.track).all()
        if rows or time.monotonic() > deadline:
            return rows
        time.sleep(0.05)

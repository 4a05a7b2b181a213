from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import av
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from pipeline_ops.catalog.database import CatalogDatabase
from pipeline_ops.catalog.rating_campaigns import campaign_answers, close_campaign
from pipeline_ops.catalog.rating_tables import RatingClipRow, RatingRaterRow, RatingTaskRow
from pipeline_ops.rating_app.app import create_rating_app
from pipeline_ops.rating_app.guard import PER_MINUTE
from pipeline_ops.ratings.headphones import trials_of
from tests.pipeline_ops.rating_app.making import open_round

GOOD = {"naturalness": "4", "lip_sync": "absent"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """One catalog with a campaign and its media; tests take a copy of the catalog."""
    folder = tmp_path_factory.mktemp("round")
    with CatalogDatabase(f"sqlite:///{folder}/catalog.db") as catalog:
        catalog.migrate()
        return folder, open_round(catalog, folder)


@pytest.fixture
def catalog(made: tuple[Path, dict[str, str]], tmp_path: Path) -> Iterator[CatalogDatabase]:
    (tmp_path / "catalog.db").write_bytes((made[0] / "catalog.db").read_bytes())
    with CatalogDatabase(f"sqlite:///{tmp_path}/catalog.db") as database:
        yield database


@pytest.fixture
def client(catalog: CatalogDatabase, made: tuple[Path, dict[str, str]]) -> Iterator[TestClient]:
    with TestClient(create_rating_app(catalog, made[0] / "media")) as client:
        yield client


@pytest.fixture
def token(made: tuple[Path, dict[str, str]]) -> str:
    return made[1]["rater-01"]


def ready(client: TestClient, catalog: CatalogDatabase, token: str) -> None:
    """Go to the first task."""
    client.get(f"/join/{token}")
    client.post("/agree", headers={"sec-fetch-site": "same-origin"})
    with catalog.writing() as session:
        session.execute(update(RatingRaterRow).values(headphones_passed=True))


def current_task(catalog: CatalogDatabase) -> str:
    with catalog.reading() as session:
        return (
            session.scalars(
                select(RatingTaskRow.id)
                .join(RatingRaterRow, RatingRaterRow.id == RatingTaskRow.rater_id)
                .where(RatingRaterRow.name == "rater-01", RatingTaskRow.answered_at.is_(None))
                .order_by(RatingTaskRow.position)
            ).first()
            or ""
        )


def send(client: TestClient, path: str, **form: str) -> int:
    return client.post(path, data=form, headers={"sec-fetch-site": "same-origin"}).status_code


def test_whoever_watches_over_it_is_told_that_it_is_there(client: TestClient) -> None:
    assert client.get("/health").json() == {"status": "ok"}


def test_nobody_gets_in_without_an_address(client: TestClient) -> None:
    assert client.get("/").status_code == 401
    assert client.get("/join/guessed").status_code == 404
    assert client.get("/media/x/a").status_code == 401


def test_a_session_leads_from_the_welcome_over_the_headphones_to_the_first_clip(
    client: TestClient, catalog: CatalogDatabase, token: str
) -> None:
    assert "I take part" in client.get(f"/join/{token}").text
    assert send(client, "/agree", ok="1") == 200
    assert "Headphones check" in client.get("/").text
    assert client.get("/sound/0").headers["content-type"] == "audio/wav"
    with catalog.reading() as session:
        seed = session.scalars(
            select(RatingRaterRow.headphones_seed).where(RatingRaterRow.name == "rater-01")
        ).one()
    right = {f"trial{number}": str(trial.quiet) for number, trial in enumerate(trials_of(seed))}
    assert send(client, "/headphones", **right) == 200
    assert "Rate this clip" in client.get("/").text


def test_three_failed_headphones_checks_end_the_session(client: TestClient, token: str) -> None:
    client.get(f"/join/{token}")
    send(client, "/agree", ok="1")
    for _ in range(3):
        # The same tone six times is right at most a few times: quiet ones are drawn by lot.
        send(client, "/headphones", **{f"trial{number}": "0" for number in range(6)})
    assert "Headphones are needed" in client.get("/").text


def test_answers_are_kept_and_the_next_page_comes(
    client: TestClient, catalog: CatalogDatabase, token: str
) -> None:
    ready(client, catalog, token)
    assert "1 of 3" in client.get("/").text
    assert send(client, "/answer", task=current_task(catalog), **GOOD) == 200
    assert "2 of 3" in client.get("/").text
    with catalog.reading() as session:
        answers = campaign_answers(session, "round").answers
    assert {(answer.dimension, answer.value) for answer in answers} == {
        ("naturalness", 4),
        ("lip_sync", None),
    }
    assert answers[0].seconds is not None


def test_another_device_goes_on_where_the_first_one_stopped(
    client: TestClient, catalog: CatalogDatabase, token: str, made: tuple[Path, dict[str, str]]
) -> None:
    ready(client, catalog, token)
    send(client, "/answer", task=current_task(catalog), **GOOD)
    with TestClient(create_rating_app(catalog, made[0] / "media")) as other:
        assert "2 of 3" in other.get(f"/join/{token}").text


def test_a_page_that_is_sent_twice_counts_once(
    client: TestClient, catalog: CatalogDatabase, token: str
) -> None:
    ready(client, catalog, token)
    first = current_task(catalog)
    assert send(client, "/answer", task=first, **GOOD) == 200
    assert send(client, "/answer", task=first, naturalness="1", lip_sync="1") == 200
    with catalog.reading() as session:
        assert len(campaign_answers(session, "round").answers) == 2


@pytest.mark.parametrize(
    "form",
    [
        {"naturalness": "4"},
        {"naturalness": "6", "lip_sync": "3"},
        {"naturalness": "absent", "lip_sync": "3"},
        {"naturalness": "4.5", "lip_sync": "3"},
        {"naturalness": "", "lip_sync": "3"},
    ],
)
def test_what_no_page_sends_is_refused(
    client: TestClient, catalog: CatalogDatabase, token: str, form: dict[str, str]
) -> None:
    ready(client, catalog, token)
    assert send(client, "/answer", task=current_task(catalog), **form) == 422
    with catalog.reading() as session:
        assert campaign_answers(session, "round").answers == ()


def test_a_form_of_another_site_and_one_that_is_too_large_are_refused(client: TestClient, token: str) -> None:
    client.get(f"/join/{token}")
    assert client.post("/agree", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert client.post("/agree", headers={"origin": "https://evil.example"}).status_code == 403
    assert send(client, "/agree", much="x" * 10_000) == 413


def test_clips_are_served_in_ranges_to_whom_they_are_due(
    client: TestClient, catalog: CatalogDatabase, token: str, made: tuple[Path, dict[str, str]]
) -> None:
    ready(client, catalog, token)
    task = current_task(catalog)
    part = client.get(f"/media/{task}/a", headers={"range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    assert client.get(f"/media/{task}/b").status_code == 404
    with catalog.reading() as session:
        later = session.scalars(select(RatingTaskRow.id).where(RatingTaskRow.id != task)).all()
    assert {client.get(f"/media/{other}/a").status_code for other in later} == {404}


def test_nothing_that_a_rater_gets_tells_what_made_a_clip(
    client: TestClient, catalog: CatalogDatabase, token: str, made: tuple[Path, dict[str, str]]
) -> None:
    ready(client, catalog, token)
    seen = []
    for _ in range(3):
        task = current_task(catalog)
        page, clip = client.get("/"), client.get(f"/media/{task}/a")
        seen += [page.text, str(page.headers), str(clip.headers), clip.content.decode("latin-1")]
        send(client, "/answer", task=task, **GOOD)
    for word in ("old", "system-x", "talk", "song", "attention"):
        assert not any(word in text for text in seen), word
    with catalog.reading() as session:
        files = session.scalars(select(RatingClipRow.file)).all()
    assert not any(file and file in text for file in files for text in seen)
    for file in (made[0] / "media").iterdir():
        with av.open(str(file)) as container:
            assert "title" not in container.metadata


def test_an_attention_card_is_among_the_pages(
    client: TestClient, catalog: CatalogDatabase, token: str
) -> None:
    with catalog.reading() as session:
        roles = session.scalars(
            select(RatingClipRow.role).join(RatingTaskRow, RatingTaskRow.clip_id == RatingClipRow.id)
        ).all()
    assert sorted(roles) == ["attention", "attention", "test", "test", "test", "test"]


def test_the_end_is_reached_and_a_closed_campaign_takes_nothing(
    client: TestClient, catalog: CatalogDatabase, token: str
) -> None:
    ready(client, catalog, token)
    for _ in range(2):
        send(client, "/answer", task=current_task(catalog), **GOOD)
    with catalog.writing() as session:
        close_campaign(session, "round")
    assert "This round is over" in client.get("/").text
    send(client, "/answer", task=current_task(catalog), **GOOD)
    with catalog.reading() as session:
        assert len(campaign_answers(session, "round").answers) == 4


def test_pages_may_run_no_script_but_their_own(client: TestClient, token: str) -> None:
    page = client.get(f"/join/{token}")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "<script>" not in page.text
    assert "style=" not in page.text


def test_guessing_addresses_is_stopped(client: TestClient) -> None:
    answers = [client.get(f"/join/guess{number}").status_code for number in range(PER_MINUTE["join"] + 1)]
    assert answers[-2:] == [404, 429]


def test_the_database_holds_no_token(catalog: CatalogDatabase, made: tuple[Path, dict[str, str]]) -> None:
    content = (made[0] / "catalog.db").read_bytes()
    assert not any(token.encode() in content for token in made[1].values())


def test_it_may_be_mounted_below_another_application(
    catalog: CatalogDatabase, made: tuple[Path, dict[str, str]], token: str
) -> None:
    outer = FastAPI()
    outer.mount("/rate", create_rating_app(catalog, made[0] / "media"))
    with TestClient(outer) as client:
        page = client.get(f"/rate/join/{token}")
        assert page.url.path == "/rate/"
        assert 'action="/rate/agree"' in page.text
        assert client.get("/rate/static/rating.css").status_code == 200


FIELDS = ("task", "naturalness", "lip_sync", "trial0", "x")


@given(
    form=st.dictionaries(
        st.sampled_from(["task", "naturalness", "lip_sync", "trial0", "x"]), st.text(max_size=40)
    ),
    token=st.text(max_size=80),
    path=st.text(max_size=40),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    derandomize=True,
)
def test_nothing_that_is_sent_makes_it_fail(
    catalog: CatalogDatabase, made: tuple[Path, dict[str, str]], form: dict[str, str], token: str, path: str
) -> None:
    app = create_rating_app(catalog, made[0] / "media")  # with limits of its own
    with TestClient(app) as client:
        ready(client, catalog, made[1]["rater-01"])
        same = {"sec-fetch-site": "same-origin"}
        answers = [
            client.post("/answer", data=form, headers=same),
            client.post("/headphones", data=form, headers=same),
            client.get(f"/join/{quote(token, safe='')}"),
            client.get(f"/media/{quote(path, safe='')}/a"),
            client.get(f"/sound/{quote(path, safe='')}"),
        ]
        assert all(answer.status_code < 500 for answer in answers)
        assert not any(answer.headers.get("content-type", "").startswith("video") for answer in answers)

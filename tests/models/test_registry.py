from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.catalog import Catalog, CatalogError, ModelEntry
from models.errors import UnsupportedLanguageError
from models.profile import Profile
from models.registry import check_asked_for, resolve, served_pairs, unload_all, weights_digest
from models.weights import WeightsStore
from tests.models.weights_support import (
    FileServer,
    catalog_of,
    digest,
    entry_of,
    file_of,
    hub,
    serving,
)


class RecordingEngine:
    """An engine that only remembers what it was loaded with: the registry is what is tested here."""

    loads = 0
    pairs: frozenset[tuple[str, str]] = frozenset()

    def __init__(self, files: Mapping[str, Path], options: Mapping[str, Any]) -> None:
        self.files = files
        self.options = options

    @classmethod
    def load(cls, files: Mapping[str, Path], options: Mapping[str, Any]) -> "RecordingEngine":
        cls.loads += 1
        return cls(files, options)


@pytest.fixture(autouse=True)
def nothing_loaded() -> Iterator[None]:
    RecordingEngine.loads = 0
    yield
    unload_all()


@pytest.fixture
def weights(tmp_path: Path) -> WeightsStore:
    return WeightsStore(tmp_path / "weights")


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as files:
        yield files


def translator(model_id: str, *pairs: str, **changes: Any) -> ModelEntry:
    return entry_of(model_id, capability="translation", pairs=list(pairs), **changes)


def profile_of(*entries: ModelEntry) -> Profile:
    models: dict[Any, tuple[str, ...]] = {}
    for entry in entries:
        models[entry.capability] = (*models.get(entry.capability, ()), entry.id)
    return Profile("test", "A test.", models, False, catalog_of(*entries))


def translation(profile: Profile, weights: WeightsStore, source: str, target: str) -> str:
    return resolve(
        profile.catalog,
        profile,
        "translation",
        source_language=source,
        target_language=target,
        weights=weights,
    ).id


def test_the_first_model_that_serves_the_pair_answers(weights: WeightsStore):
    profile = profile_of(
        translator("a", "en-pt"), translator("b", "es-en", "en-pt"), translator("c", "es-en")
    )
    assert translation(profile, weights, "en", "pt") == "a"
    assert translation(profile, weights, "es", "en") == "b"


def test_regions_of_a_language_do_not_matter(weights: WeightsStore):
    assert translation(profile_of(translator("a", "en-pt")), weights, "en-US", "pt-BR") == "a"


def test_a_pair_without_a_model_of_its_own_goes_through_english(weights: WeightsStore):
    profile = profile_of(translator("a", "en-pt"), translator("b", "es-en"))
    assert translation(profile, weights, "es", "pt") == "b>a"


def test_a_direct_model_is_taken_rather_than_a_pivot(weights: WeightsStore):
    profile = profile_of(translator("a", "en-pt"), translator("b", "es-en"), translator("c", "es-pt"))
    assert translation(profile, weights, "es", "pt") == "c"


def test_an_unserved_pair_is_an_error_that_names_what_would_serve_it(weights: WeightsStore):
    profile = profile_of(translator("a", "en-pt"), translator("big", "en-de", opt_in=True))
    with pytest.raises(UnsupportedLanguageError, match=r"translates en to de.*big"):
        translation(profile, weights, "en", "de")


def test_an_opt_in_model_counts_once_its_files_are_here(weights: WeightsStore, server: FileServer):
    server.contents["/w"] = b"weights"
    big = translator("big", "en-de", opt_in=True, files=[file_of("w", b"weights", hub(f"{server.url}/w"))])
    profile = profile_of(big)
    with pytest.raises(UnsupportedLanguageError):
        translation(profile, weights, "en", "de")
    weights.pull([big])
    assert translation(profile, weights, "en", "de") == "big"


def test_an_opt_in_model_that_was_asked_for_by_name_is_never_silently_passed_over(weights: WeightsStore):
    profile = profile_of(translator("a", "en-pt"), translator("big", "en-pt", opt_in=True))
    with pytest.raises(CatalogError, match="dubwright models pull big"):
        translation(profile.with_model("translation", "big"), weights, "en", "pt")


def test_a_translator_that_was_asked_for_by_name_answers_or_nothing_does(weights: WeightsStore):
    profile = profile_of(translator("a", "en-pt", "en-es"), translator("b", "en-pt", "en-fr"))
    asked = profile.with_model("translation", "b")
    assert translation(asked, weights, "en", "pt") == "b"
    with pytest.raises(
        UnsupportedLanguageError, match=r"b was asked for.*en to es; it serves en to pt, en to fr"
    ):
        translation(asked, weights, "en", "es")


def test_what_a_translator_serves_among_many_languages_is_said_in_short(weights: WeightsStore):
    many = entry_of("many", capability="translation", between=["de", "en", "es"])
    asked = profile_of(translator("a", "en-pt"), many).with_model("translation", "many")
    with pytest.raises(UnsupportedLanguageError, match="it serves any of de, en, es to any other"):
        translation(asked, weights, "en", "pt")


def test_a_translator_that_was_asked_for_may_answer_as_one_half_of_a_pivot(weights: WeightsStore):
    profile = profile_of(translator("direct", "es-pt"), translator("a", "en-pt"), translator("b", "es-en"))
    assert translation(profile, weights, "es", "pt") == "direct"
    assert translation(profile.with_model("translation", "a"), weights, "es", "pt") == "b>a"


@pytest.mark.parametrize(
    ("capability", "said"),
    [
        ("speech_recognition", "does not do speech_recognition in es; it serves en"),
        ("speech_synthesis", "does not do speech_synthesis in pt; it serves fr"),
    ],
)
def test_a_model_for_one_language_that_was_asked_for_by_name_answers_or_nothing_does(
    weights: WeightsStore, capability: Any, said: str
):
    profile = profile_of(
        entry_of("hears", capability="speech_recognition", languages=["es"]),
        entry_of("hears-english", capability="speech_recognition", languages=["en"]),
        entry_of("speaks", capability="speech_synthesis", languages=["pt"]),
        entry_of("speaks-french", capability="speech_synthesis", languages=["fr"]),
    )
    asked = {"speech_recognition": "hears-english", "speech_synthesis": "speaks-french"}[capability]
    profile = profile.with_model(capability, asked)
    with pytest.raises(UnsupportedLanguageError, match=f"{asked} was asked for by name but {said}"):
        resolve(
            profile.catalog,
            profile,
            capability,
            source_language="es",
            target_language="pt",
            weights=weights,
        )


LANGUAGES = ("en", "es", "fr", "pt")
PAIRS = [f"{one}-{other}" for one in LANGUAGES for other in LANGUAGES if one != other]


@given(
    st.lists(st.sets(st.sampled_from(PAIRS), min_size=1, max_size=4), min_size=1, max_size=4),
    st.integers(0, 3),
    st.sampled_from(PAIRS),
)
def test_what_answers_is_or_holds_the_model_that_was_asked_for(
    served: list[set[str]], asked_for: int, pair: str
):
    weights = WeightsStore(Path("nothing-is-read-here"))
    profile = profile_of(*(translator(f"m{number}", *pairs) for number, pairs in enumerate(served)))
    model_id = f"m{asked_for % len(served)}"
    source, _, target = pair.partition("-")
    try:
        answer = translation(profile.with_model("translation", model_id), weights, source, target)
    except UnsupportedLanguageError:
        assert pair not in served[asked_for % len(served)]
    else:
        assert model_id in answer.split(">")


def whole_profile() -> Profile:
    return profile_of(
        entry_of("hears", capability="speech_recognition", languages=["en", "es"]),
        translator("a", "en-pt"),
        translator("b", "en-fr", "es-fr"),
        entry_of("speaks", capability="speech_synthesis", languages=["fr", "pt"]),
    )


def test_a_model_that_was_asked_for_and_serves_none_of_the_pairs_is_told_beforehand(weights: WeightsStore):
    asked = whole_profile().with_model("translation", "b")
    with pytest.raises(
        UnsupportedLanguageError, match="b was asked for by name but does not translate en to pt"
    ):
        check_asked_for(asked, [("en", "pt")], weights)


def test_a_model_that_was_asked_for_and_serves_one_of_the_pairs_passes(weights: WeightsStore):
    check_asked_for(whole_profile().with_model("translation", "b"), [("en", "pt"), ("en", "fr")], weights)


def test_where_nobody_asked_for_a_model_or_no_pair_is_served_anyway_none_is_to_blame(weights: WeightsStore):
    check_asked_for(whole_profile(), [("en", "pt")], weights)
    check_asked_for(whole_profile().with_model("translation", "b"), [], weights)


def test_a_model_that_was_asked_for_takes_no_pair_away_from_what_the_profile_serves(weights: WeightsStore):
    profile = whole_profile()
    asked = profile.with_model("translation", "b")
    assert set(served_pairs(asked.catalog, asked, weights)) == set(
        served_pairs(profile.catalog, profile, weights)
    )


def test_a_recogniser_serves_the_source_and_a_synthesizer_the_target(weights: WeightsStore):
    hears = entry_of("hears", capability="speech_recognition", languages=["en"])
    hears_more = entry_of("hears-more", capability="speech_recognition", languages=["en", "es"])
    speaks = entry_of("speaks", capability="speech_synthesis", languages=["pt"])
    profile = profile_of(hears, hears_more, speaks)

    def answer(capability: Any) -> str:
        return resolve(
            profile.catalog,
            profile,
            capability,
            source_language="es",
            target_language="pt",
            weights=weights,
        ).id

    assert answer("speech_recognition") == "hears-more"
    assert answer("speech_synthesis") == "speaks"


def test_a_capability_without_a_model_is_an_error(weights: WeightsStore):
    profile = profile_of(entry_of("a"))
    with pytest.raises(CatalogError, match="speech_separation"):
        resolve(profile.catalog, profile, "speech_separation", weights=weights)


def test_served_pairs_need_all_three_models(weights: WeightsStore):
    profile = profile_of(
        entry_of("hears", capability="speech_recognition", languages=["en", "es", "de"]),
        translator("a", "en-pt", "en-fr"),
        translator("b", "es-en"),
        entry_of("speaks", capability="speech_synthesis", languages=["en", "pt"]),
    )
    assert served_pairs(profile.catalog, profile, weights) == {
        ("en", "pt"): ["hears", "a", "speaks"],
        ("es", "en"): ["hears", "b", "speaks"],
        ("es", "pt"): ["hears", "b>a", "speaks"],
    }


def test_loading_pulls_what_is_missing_and_happens_once(weights: WeightsStore, server: FileServer):
    server.contents["/w"] = b"weights"
    file = file_of("w", b"weights", hub(f"{server.url}/w"))
    profile = profile_of(entry_of("a", file, options={"beam": 3}))
    resolved = resolve(profile.catalog, profile, "voice_activity_detection", weights=weights)
    assert server.requests == []
    engine = resolved.load()
    assert engine.files["w"].read_bytes() == b"weights"
    assert engine.options == {"beam": 3}
    assert resolved.load() is engine
    unload_all()
    assert resolved.load() is not engine
    assert RecordingEngine.loads == 2


def test_a_pivot_joins_two_loaded_engines(weights: WeightsStore, server: FileServer):
    server.contents["/w"] = b"weights"
    files = [file_of("w", b"weights", hub(f"{server.url}/w"))]
    profile = profile_of(translator("a", "en-pt", files=files), translator("b", "es-en", files=files))
    resolved = resolve(
        profile.catalog,
        profile,
        "translation",
        source_language="es",
        target_language="pt",
        weights=weights,
    )
    assert type(resolved.load()).__name__ == "PivotTranslator"
    assert RecordingEngine.loads == 2
    assert resolved.weights_digest not in {weights_digest(entry) for entry in resolved.entries}


def test_an_engine_that_does_not_exist_is_an_error_that_names_the_model(weights: WeightsStore):
    profile = profile_of(entry_of("a", engine="models.nowhere:Engine"))
    with pytest.raises(CatalogError, match=r"models\.nowhere:Engine of model a"):
        resolve(profile.catalog, profile, "voice_activity_detection", weights=weights).load()


def test_the_weights_digest_changes_with_each_thing_that_decides_the_answer():
    changed = [
        entry_of("a", file_of("f", b"1", hub("https://example.org"))),
        entry_of("a", file_of("f", b"2", hub("https://example.org"))),
        entry_of("a", file_of("g", b"1", hub("https://example.org"))),
        entry_of("a", file_of("f", b"1", hub("https://example.org")), version="2"),
        entry_of("a", file_of("f", b"1", hub("https://example.org")), options={"beam": 2}),
        entry_of("a", file_of("f", b"1", hub("https://example.org")), engine="another.module:Engine"),
    ]
    assert len({weights_digest(entry) for entry in changed}) == len(changed)


def test_where_the_files_come_from_does_not_change_the_weights_digest():
    first = entry_of("a", file_of("f", b"1", hub("https://example.org")), summary="One.")
    second = entry_of("a", file_of("f", b"1", hub("https://example.com")), summary="Another.")
    assert weights_digest(first) == weights_digest(second)


@given(st.permutations(["a", "b", "c", "d"]))
def test_the_order_of_files_does_not_change_the_weights_digest(names: list[str]):
    files = [file_of(name, name.encode(), hub("https://example.org")) for name in names]
    straight = [file_of(name, name.encode(), hub("https://example.org")) for name in sorted(names)]
    assert weights_digest(entry_of("a", *files)) == weights_digest(entry_of("a", *straight))


def test_the_catalogs_own_digests_are_sha256(weights: WeightsStore):
    catalog: Catalog = catalog_of(entry_of("a"))
    assert len(weights_digest(catalog.entry("a"))) == len(digest(b""))

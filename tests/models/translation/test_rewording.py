from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.translation_quality import parallel_sentences
from models.translation.checks import is_faithful_rewording
from models.translation.rewording import RULES, reword


@pytest.mark.parametrize(
    ("language", "kind", "line", "reworded"),
    [
        ("en", "shorter", "I am sure, and we are late.", "I'm sure, and we're late."),
        ("en", "shorter", "It is late, but he is here.", "It's late, but he's here."),
        ("en", "shorter", "She will come.", "She'll come."),
        ("en", "shorter", "They did not know.", "They didn't know."),
        ("en", "shorter", "I cannot swim.", "I can't swim."),
        ("en", "shorter", "That will not work.", "That won't work."),
        ("en", "shorter", "In order to win, train.", "To win, train."),
        ("en", "longer", "I don't know why you can't.", "I do not know why you cannot."),
        ("en", "longer", "I'm glad you're here.", "I am glad you are here."),
        ("en", "longer", "We'll see.", "We will see."),
        ("pt", "shorter", "Eu não sei.", "Não sei."),
        ("pt", "shorter", "Olá, eu sou Marta e eu gosto de pão.", "Olá, sou Marta e gosto de pão."),
        ("pt", "shorter", "Nós fizemos pão.", "Fizemos pão."),
        ("pt", "shorter", "Treino a fim de ganhar.", "Treino para ganhar."),
        ("pt", "longer", "Acho que sim.", "Eu acho que sim."),
        ("es", "shorter", "Yo creo que sí.", "Creo que sí."),
        ("es", "shorter", "Nosotros hicimos pan.", "Hicimos pan."),
        ("es", "shorter", "Entreno a fin de ganar.", "Entreno para ganar."),
        ("es", "longer", "No tengo tiempo.", "Yo no tengo tiempo."),
        ("fr", "shorter", "Il court afin de gagner.", "Il court pour gagner."),
        ("fr", "shorter", "Il court afin d'y arriver.", "Il court pour y arriver."),
        ("it", "shorter", "Io penso che io non posso.", "Penso che non posso."),
        ("it", "shorter", "Corro al fine di vincere.", "Corro per vincere."),
        ("it", "longer", "Credo di sì.", "Io credo di sì."),
    ],
)
def test_a_rule_rewords(language: str, kind: str, line: str, reworded: str) -> None:
    assert {wording.kind: wording.text for wording in reword(line, language)}[kind] == reworded  # type: ignore[index]


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "Yes, I am."),
        ("en", "I know how tall it is in metres."),
        ("en", "Don't you like it?"),
        ("en", "I have a car."),
        ("pt", "Eu mesmo fiz o bolo."),
        ("pt", "Eu e Anna caminhamos."),
        ("pt", "Eu falava muito."),  # "falava" alone may be "he spoke"
        ("pt", "Nós vamos ao Porto."),  # "vamos" alone may be "let us go"
        ("pt", "Você está no hospital."),
        ("es", "Yo mismo."),
        ("es", "Nosotros vamos."),
        ("fr", "Je ne sais pas."),
        ("it", "Io sono qui."),  # "sono" alone may be "they are"
        ("it", "Noi andiamo."),
        ("de", "Ich bin hier."),
    ],
)
def test_what_is_not_safe_is_left_alone(language: str, line: str) -> None:
    assert reword(line, language) == ()


def test_every_rule_states_its_reason_and_costs_little() -> None:
    assert all(rule.reason and 0 < rule.penalty <= 0.1 for rule in RULES)


def test_rewordings_keep_the_length_that_their_kind_promises() -> None:
    for language, sentences in parallel_sentences().items():
        for sentence in sentences:
            for wording in reword(sentence, language):
                assert (len(wording.text) < len(sentence)) == (wording.kind == "shorter")


@given(st.text(max_size=60), st.sampled_from(["en", "es", "fr", "it", "pt"]))
def test_a_rewording_of_any_text_is_faithful(text: str, language: str) -> None:
    for wording in reword(f"Eu acho, and I am not {text}", language):
        assert is_faithful_rewording(f"Eu acho, and I am not {text}", wording.text, language)

"""What a voice says while it is fitted, and what it is then checked on; other texts than the dub's own.

Short, without names and numbers, with most of a language's sounds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences of one language.

    Attributes:
        to_fit: Said by every mix that is tried (the first) and by the best few (all).
        to_check: Said by the voice that was found, and by the one that it would replace.
    """

    to_fit: tuple[str, ...]
    to_check: tuple[str, ...]


PHRASES: Mapping[str, Phrases] = {
    "en": Phrases(
        ("We bake bread at home every morning.", "The garden is quiet when it rains."),
        ("My neighbour asked whether the old bridge is open.", "Take a little flour and some warm water."),
    ),
    "es": Phrases(
        ("Hacemos pan en casa todas las mañanas.", "El jardín está tranquilo cuando llueve."),
        ("Mi vecino me preguntó si el puente viejo sigue abierto.", "Toma un poco de harina y agua tibia."),
    ),
    "fr": Phrases(
        ("Nous faisons du pain chaque matin.", "Le jardin est calme quand il pleut."),
        (
            "Mon voisin m'a demandé si le vieux pont est ouvert.",
            "Prenez un peu de farine et de l'eau chaude.",
        ),
    ),
    "hi": Phrases(
        ("हम रोज़ सुबह घर पर रोटी बनाते हैं।", "बारिश में बगीचा शांत रहता है।"),
        ("मेरे पड़ोसी ने पूछा कि पुराना पुल खुला है या नहीं।", "थोड़ा आटा और गुनगुना पानी लीजिए।"),
    ),
    "it": Phrases(
        ("Facciamo il pane in casa ogni mattina.", "Il giardino è tranquillo quando piove."),
        (
            "Il mio vicino mi ha chiesto se il vecchio ponte è aperto.",
            "Prendete un po' di farina e acqua tiepida.",
        ),
    ),
    "pt": Phrases(
        ("Fazemos pão em casa todas as manhãs.", "O jardim fica tranquilo quando chove."),
        (
            "Meu vizinho me perguntou se a ponte velha está aberta.",
            "Pegue um pouco de farinha e água morna.",
        ),
    ),
}

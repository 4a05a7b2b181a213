"""Makes models/lip_sync/personal/closures.npz: teaches a small network to hear where lips touch (p, b, m).

The teacher is the embedded synthesizer, whose durations say when it says which sound; the lines are those of
benchmarks/data/parallel_creator.tsv, in five languages. No recording of anybody is used. Takes half an hour
on two cores.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import scipy.signal
import soxr
import torch
from numpy.typing import NDArray

from models.catalog import load_catalog
from models.lip_sync.personal.closures import HOP, RATE_HZ, WEIGHTS_FILE, ClosureNetwork, listen
from models.profile import load_profile
from models.registry import resolve
from models.speech_synthesis.kokoro import SAMPLE_RATE_HZ, STYLE_SHAPE
from models.speech_synthesis.kokoro_voices import accent_of
from models.speech_synthesis.phonemes import SYMBOLS, phonemes_of
from models.weights import WeightsStore

LINES = Path(__file__).parents[1] / "benchmarks" / "data" / "parallel_creator.tsv"
LANGUAGES = ("en", "es", "fr", "it", "pt")
MORE_LINES = {
    "en": (
        "Maybe Peter bought a pair of purple boots before the big trip to Bombay.",
        "Nobody told Dan that ten tin tanks had been taken to the garden again.",
        "My mother's home remedy: warm milk, a spoonful of honey, and plenty of sleep.",
        "Keep calm, breathe slowly, and look at the clock on the kitchen wall.",
        "The number of people who climb that mountain in December is remarkably small.",
        "Can you hand me the green notebook under the desk, please?",
        "A bumblebee bumped its head against the window pane and hummed.",
        "She said the sun sets at six, so let's take the street to the lake.",
        "Simple problems may become complicated when the computer jumps from map to map.",
        "Don't kick the cat; it only wants to eat and to get some rest.",
        "The company probably promised them a better job in Memphis or Pittsburgh.",
        "Good night, good luck, and thanks again to all of you at school.",
    ),
    "es": (
        "Pedro Pérez compró un pequeño barco blanco para pasear por la bahía.",
        "Anda, toca la tecla y dinos qué nota es esa, que no la entiendo.",
        "Mi mamá me mima mucho y también mima a mi hermano menor.",
        "El domingo tengo que ir a Granada, y en octubre a Toledo.",
        "También pueden probar el pan con mantequilla y un poco de mermelada.",
        "La gente que canta en las calles de la ciudad gana dinero.",
        "El profesor de matemáticas siempre explica bien los problemas más complicados.",
        "No sé si sus ideas son las de los chicos o las de ellas.",
    ),
    "fr": (
        "Pendant l'été, ma mère prépare des pommes et des poires pour toute la famille.",
        "On a dit qu'il fallait attendre la nuit et garder le silence.",
        "Le bébé boit son biberon, puis il dort paisiblement dans sa chambre.",
        "Tu dois lire ce long texte en entier, et dire ce que tu en penses.",
        "Beaucoup de personnes pensent que le problème est simple, mais il ne l'est pas.",
        "Ses deux chiens gris courent dans le jardin du château.",
        "Même en septembre, les membres du club aiment camper au bord du fleuve.",
        "Où est la clé que tu as cachée sous ton lit?",
    ),
    "it": (
        "Il bambino ha bevuto un bicchiere d'acqua prima di mangiare il pane.",
        "Che cosa ne dici di andare a cena in centro con gli altri?",
        "Mia mamma compra sempre pomodori, peperoni e basilico al mercato.",
        "La casa di Dante ha tante stanze grandi e luce dal giardino.",
        "Probabilmente il prossimo mese potremo comprare una bella automobile.",
        "Gli agnelli dormono accanto alla lana, e la ragazza canta ancora.",
        "Un ampio campo di papaveri rossi brillava sotto il sole di maggio.",
        "Tutti sanno che la terra gira intorno a sé in un giorno.",
    ),
    "pt": (
        "Minha mãe sempre compra pão, manteiga e um pouco de mel na padaria.",
        "Ontem à tarde a gente andou de trem até a outra cidade.",
        "Pode ser que o problema do computador seja bem mais simples do que parece.",
        "Onde está a chave que ficou na gaveta da cozinha?",
        "Um bom amigo me emprestou uma bicicleta para subir a montanha.",
        "Ninguém queria dizer a ela que o chá já estava gelado.",
        "Em dezembro, muitas pessoas aproveitam para beber água de coco e caminhar na praia.",
        "Cante de novo essa linda canção, que ainda não é tarde.",
    ),
}
"""Lines rich in p, b and m, and others without them, so that n, d, t and k are not mistaken for them."""

TAKES = {"en": 5, "es": 3, "fr": 2, "it": 2, "pt": 3}
"""Voices a line; there are 28 in English and one to three in the others."""

DURATIONS = "/encoder/Clip_output_0"
"""Of the synthesizer's graph: how long each symbol lasts, in steps of 25 ms."""

STEP_S = 0.025
EDGE_S = 0.2
LABIALS = frozenset("pbm")
DISTORTIONS = 3
ECHOES = 0.4
"""How often a distorted take has an echo."""

HELD_OUT = 5
"""Every so many lines one is held out, in all its voices."""

UNITS = 48
EPOCHS = 12
BATCH = 512


@dataclass(frozen=True)
class Take:
    """One line as said by one voice: `samples` at 16 kHz, and the spans of its closures, seconds."""

    line: int
    samples: NDArray[np.float32]
    closures: list[tuple[float, float]]


def main() -> None:
    """Speak, distort, teach, measure, write."""
    rng = np.random.default_rng(0)
    takes = list(spoken(rng))
    print(f"{len(takes)} takes, {sum(len(take.samples) for take in takes) / RATE_HZ / 60:.1f} minutes")
    taught = [take for take in takes if take.line % HELD_OUT]
    inputs, wanted = examples(taught, rng)
    network = teach(inputs, wanted)
    measure(network, [take for take in takes if take.line % HELD_OUT == 0])
    arrays = {name: getattr(network, name) for name in ClosureNetwork.__dataclass_fields__}
    np.savez_compressed(WEIGHTS_FILE, **{name: np.float16(array) for name, array in arrays.items()})


def spoken(rng: np.random.Generator) -> Iterator[Take]:
    """Say every line in every language with several voices, each at a pace of its own."""
    catalog = load_catalog()
    model = resolve(
        catalog,
        load_profile("embedded", catalog),
        "speech_synthesis",
        target_language="en",
        weights=WeightsStore.from_environment(),
    )
    model.load()  # pulls the weights, and turns them back into float32 beside where they lie
    files = model.weights.files(model.entries[0])
    session = open_with_durations(next(files["kokoro-v1.0.int8.onnx"].parent.glob("*.float32-v1.onnx")))
    voices = model.entries[0].voices
    with LINES.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file, delimiter="\t"))
    for language in LANGUAGES:
        for number, line in enumerate([*(line[language] for line in lines), *MORE_LINES[language]]):
            for take in range(TAKES[language]):
                voice = voices[language][(number * TAKES[language] + take) % len(voices[language])]
                style = np.fromfile(files[f"voices/{voice}.bin"], "<f4").reshape(STYLE_SHAPE)
                symbols = [symbol for symbol in phonemes_of(line, accent_of(voice)) if symbol in SYMBOLS]
                samples, closures = say(session, symbols, style, float(rng.uniform(0.85, 1.25)))
                yield Take(number, samples, closures)


def open_with_durations(path: Path) -> onnxruntime.InferenceSession:
    """Open the synthesizer's graph with one more output."""
    graph = onnx.load(str(path))
    graph.graph.output.append(onnx.helper.make_tensor_value_info(DURATIONS, onnx.TensorProto.FLOAT, None))
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        graph.SerializeToString(), settings, providers=["CPUExecutionProvider"]
    )


def say(
    session: onnxruntime.InferenceSession, symbols: list[str], style: NDArray[np.float32], speed: float
) -> tuple[NDArray[np.float32], list[tuple[float, float]]]:
    """Say phonemes; return the sound at 16 kHz and the spans in which its lips are closed, seconds."""
    tokens = np.array([[0, *(SYMBOLS[symbol] for symbol in symbols), 0]], np.int64)
    audio, durations = session.run(
        None, {"tokens": tokens, "style": style[len(symbols) - 1], "speed": np.array([speed], np.float32)}
    )
    ends_s = np.cumsum(durations.reshape(-1)) * STEP_S + EDGE_S
    closures = [
        (float(ends_s[place]), float(ends_s[place + 1]))
        for place, symbol in enumerate(symbols)
        if symbol in LABIALS
    ]
    samples = soxr.resample(audio.reshape(-1), SAMPLE_RATE_HZ, RATE_HZ)
    edge = round(EDGE_S * RATE_HZ)
    return np.pad(samples, edge).astype(np.float32), closures


def examples(takes: list[Take], rng: np.random.Generator) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return what is heard and whether lips are closed, of all takes, clean and distorted."""
    inputs, wanted = [], []
    for take in takes:
        for distorted in (take.samples, *(distort(take.samples, rng) for _ in range(DISTORTIONS))):
            heard = listen(distorted)
            inputs.append(heard)
            wanted.append(closed_at(take, len(heard)))
    return np.concatenate(inputs), np.concatenate(wanted)


def closed_at(take: Take, windows: int) -> NDArray[np.float32]:
    """Return 1 for each window within a closure, 0 for the others."""
    middles_s = (np.arange(windows) + 0.5) * HOP / RATE_HZ
    closed = np.zeros(windows, np.float32)
    for start_s, end_s in take.closures:
        closed[(middles_s >= start_s) & (middles_s < end_s)] = 1.0
    return closed


def distort(samples: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return speech as another microphone in another room would have it, with noise of some colour."""
    heard = scipy.signal.lfilter([1.0, rng.uniform(-0.5, 0.5)], [1.0], samples)
    if rng.random() < ECHOES:
        echo = rng.normal(size=2400) * np.exp(-np.arange(2400) / rng.uniform(150, 600))
        echo[0] = 8.0
        heard = scipy.signal.fftconvolve(heard, echo)[: len(heard)]
    noise = scipy.signal.lfilter([1.0], [1.0, -rng.uniform(0.0, 0.95)], rng.normal(size=len(heard)))
    level = heard.std() / noise.std() * 10 ** (-rng.uniform(20, 45) / 20)
    return (heard + level * noise).astype(np.float32)


def teach(inputs: NDArray[np.float32], wanted: NDArray[np.float32]) -> ClosureNetwork:
    """Fit the network by cross entropy."""
    torch.manual_seed(0)
    mean, deviation = inputs.mean(axis=0), inputs.std(axis=0) + 1e-3
    heard, labels = torch.from_numpy((inputs - mean) / deviation), torch.from_numpy(wanted)
    layers = torch.nn.Sequential(
        torch.nn.Dropout(0.1),
        torch.nn.Linear(inputs.shape[1], UNITS),
        torch.nn.ReLU(),
        torch.nn.Dropout(0.2),
        torch.nn.Linear(UNITS, 1),
    )
    optimiser = torch.optim.AdamW(layers.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, EPOCHS)
    for _ in range(EPOCHS):
        order = torch.randperm(len(heard))
        for batch in order[: len(order) // BATCH * BATCH].reshape(-1, BATCH):
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                layers(heard[batch])[:, 0], labels[batch]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
    first, last = layers[1], layers[4]
    return ClosureNetwork(
        mean,
        deviation,
        first.weight.detach().numpy().T,
        first.bias.detach().numpy(),
        last.weight.detach().numpy()[0],
        float(last.bias.detach()),
    )


def measure(network: ClosureNetwork, takes: list[Take]) -> None:
    """Print how many closures of the held-out lines are heard, and how often one is heard that is none."""
    for threshold in (0.25, 0.3, 0.4, 0.5):
        heard = missed = false = 0
        for take in takes:
            beliefs = network.beliefs(listen(take.samples))
            middles_s = (np.arange(len(beliefs)) + 0.5) * HOP / RATE_HZ
            for start_s, end_s in take.closures:
                near = (middles_s >= start_s - 0.02) & (middles_s < end_s + 0.02)
                found = bool(beliefs[near].max() > threshold)
                heard, missed = heard + found, missed + (not found)
            marked = np.flatnonzero(np.diff((beliefs > threshold).astype(int)) == 1) + 1
            false += sum(
                not any(start_s - 0.08 < middles_s[first] < end_s + 0.05 for start_s, end_s in take.closures)
                for first in marked
            )
        seconds = sum(len(take.samples) for take in takes) / RATE_HZ
        found_share, a_second = heard / (heard + missed), (heard + missed) / seconds
        print(f"above {threshold}: {found_share:.0%} of {a_second:.2f} a second are heard,", end=" ")
        print(f"{false / seconds:.2f} a second wrongly")


if __name__ == "__main__":
    main()

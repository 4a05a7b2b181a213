"""Draws the visible label's text in every language into pipeline_ops/safety/data/labels.npz.

    pip install --no-deps --target fonts justmytype-western-core==0.1.0 justmytype-intl-rtl==0.1.0 \
        justmytype-intl-south-asia==0.1.0 justmytype-intl-sea==0.1.0 justmytype-intl-cjk==0.1.0
    python scripts/draw_labels.py fonts

The packages carry Google's Noto fonts (SIL Open Font License 1.1). What a deployment needs is the drawn text
alone, so it needs no font, shapes no script, and draws the same pixels everywhere. Pillow must have Raqm,
which shapes Arabic and Indic scripts.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont, features

from pipeline_ops.safety.label_texts import LABEL_TEXTS

OUT = Path(__file__).parents[1] / "pipeline_ops" / "safety" / "data" / "labels.npz"
TEXT_PX = 56
"""Larger than the label of a 1080-line picture, and not much smaller than that of 2160 lines."""

WEIGHT = 600
ASCENT, DESCENT = 1.15, 0.45
"""Room above and below the baseline, in parts of the size: enough for Thai and Devanagari, alike for all."""

FONTS = {
    "ar": "NotoSansArabic", "fa": "NotoSansArabic", "ur": "NotoSansArabic",
    "bn": "NotoSansBengali", "hi": "NotoSansDevanagari", "te": "NotoSansTelugu", "th": "NotoSansThai",
    "ja": "NotoSansJP", "ko": "NotoSansKR", "zh": "NotoSansSC",
}  # fmt: skip
"""Of all other languages: NotoSans, which holds Latin and Cyrillic."""

RIGHT_TO_LEFT = frozenset({"ar", "fa", "ur"})


def main() -> None:
    """Draw every text."""
    if not features.check("raqm"):
        sys.exit("This Pillow has no Raqm, so it cannot shape Arabic and Indic scripts.")
    fonts = {path.name.partition("[")[0]: path for path in Path(sys.argv[1]).rglob("*.ttf")}
    drawn = {
        language: draw(text, fonts[FONTS.get(language, "NotoSans")], language)
        for language, text in LABEL_TEXTS.items()
    }
    OUT.parent.mkdir(exist_ok=True)
    np.savez_compressed(OUT, **drawn)
    print(f"{len(drawn)} labels, {OUT.stat().st_size} bytes")


def draw(text: str, path: Path, language: str) -> np.ndarray:
    """Return how much of each pixel a line of text covers, shape (height, width), uint8."""
    font = ImageFont.truetype(str(path), TEXT_PX, layout_engine=ImageFont.Layout.RAQM)
    axes = [axis["name"] for axis in font.get_variation_axes()]
    font.set_variation_by_axes([WEIGHT if b"eight" in name else 100 for name in axes])
    direction = "rtl" if language in RIGHT_TO_LEFT else "ltr"
    options = {"direction": direction, "language": language}
    left, _, right, _ = font.getbbox(text, anchor="ls", **options)
    image = Image.new("L", (right - left + 2, round(TEXT_PX * (ASCENT + DESCENT))))
    ImageDraw.Draw(image).text(
        (1 - left, round(TEXT_PX * ASCENT)), text, fill=255, font=font, anchor="ls", **options
    )
    return np.asarray(image)


if __name__ == "__main__":
    main()

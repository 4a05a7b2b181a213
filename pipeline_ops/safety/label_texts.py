"""What the visible label says in each language: that voice and lips were made by AI."""

from __future__ import annotations

FALLBACK_LANGUAGE = "en"
"""Says it in a language for which there is no text yet."""

LABEL_TEXTS: dict[str, str] = {
    "ar": "الصوت والشفاه بالذكاء الاصطناعي",
    "bn": "কণ্ঠ ও ঠোঁট এআই দিয়ে তৈরি",
    "ca": "Veu i llavis fets amb IA",
    "cs": "Hlas a rty vytvořila AI",
    "cy": "Llais a gwefusau gan AI",
    "da": "Stemme og læber lavet med AI",
    "de": "Stimme und Lippen von KI",
    "en": "Voice and lips made by AI",
    "es": "Voz y labios hechos con IA",
    "et": "Hääl ja huuled: tehisaru",
    "fa": "صدا و لب‌ها با هوش مصنوعی",
    "fi": "Ääni ja huulet tekoälyllä",
    "fr": "Voix et lèvres créées par IA",
    "hi": "आवाज़ और होंठ AI से बने हैं",
    "id": "Suara dan bibir dibuat oleh AI",
    "it": "Voce e labbra create con IA",
    "ja": "音声と口元はAIで生成",
    "ko": "음성과 입술은 AI로 생성",
    "mt": "Vuċi u xufftejn magħmula bl-AI",
    "nl": "Stem en lippen gemaakt met AI",
    "pl": "Głos i usta stworzone przez AI",
    "pt": "Voz e lábios feitos com IA",
    "ro": "Voce și buze create cu IA",
    "ru": "Голос и губы созданы ИИ",
    "sk": "Hlas a pery vytvorila AI",
    "sv": "Röst och läppar gjorda med AI",
    "sw": "Sauti na midomo kwa akili bandia",
    "te": "స్వరం, పెదవులు AI తో చేసినవి",
    "th": "เสียงและริมฝีปากสร้างด้วย AI",
    "tl": "Boses at labi ay gawa ng AI",
    "tr": "Ses ve dudaklar yapay zekâ ile",
    "uk": "Голос і губи створені ШІ",
    "ur": "آواز اور ہونٹ مصنوعی ذہانت سے",
    "uz": "Ovoz va lablar SI bilan yaratilgan",
    "vi": "Giọng nói và môi tạo bởi AI",
    "zh": "语音和口型由AI生成",
}
"""By language code. Whoever changes one runs `scripts/draw_labels.py`."""

"""Which language a text is in, among those that somebody expects, and how sure that is."""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

UNKNOWN: Final = "und"  #: ISO 639-2's code for "undetermined"

SPOKEN: Final = (
    "en", "no", "da", "sv", "fi", "hu", "bg", "id", "de", "es", "fr", "it", "nl", "pl", "pt", "ru", "th", "tr", "cs",
    "ro", "el", "uk", "ar", "ja", "zh",
)  # fmt: skip
"""What is expected where nobody says which languages a brand's customers write: the more there are, the more short
texts are taken for the wrong one."""

_ONE_CODE: Final = {
    "nb": "no", "nn": "no", "nob": "no", "nno": "no", "nor": "no", "eng": "en", "bul": "bg", "ind": "id", "in": "id",
    "hun": "hu", "dan": "da", "swe": "sv", "fin": "fi", "tha": "th", "por": "pt", "deu": "de", "ger": "de", "fra": "fr",
    "fre": "fr", "spa": "es", "ita": "it", "nld": "nl", "dut": "nl", "pol": "pl", "rus": "ru", "iw": "he", "jw": "jv",
    "amh": "am", "hau": "ha", "ibo": "ig", "kin": "rw", "orm": "om", "swa": "sw", "tir": "ti", "tso": "ts", "twi": "tw",
    "yor": "yo", "jav": "jv", "sun": "su",
}  # fmt: skip
_AS_DETECTED: Final = {"no": ("no", "nn")}  #: the detector tells the two written Norwegians apart; we do not
_SAMPLE: Final = 600  #: characters looked at: more of them make the answer slower, hardly surer
_CLUELESS: Final = 1.1  #: times what chance gives; py3langid spreads a text that it knows nothing of evenly
_FEW_LETTERS: Final = 60  #: from this many letters on, what the stream usually speaks no longer matters much


def normal_code(code: str | None) -> str:
    """The code we use for a language: ISO 639-1 where there is one, one for both written Norwegians, "und" for none.

    Takes what sources send: "nb_NO", "EN-us", "eng", "", None.
    """
    short = (code or "").strip().lower().replace("_", "-").split("-", 1)[0]
    return _ONE_CODE.get(short, short) or UNKNOWN


def known_languages() -> frozenset[str]:
    """The codes that can be detected."""
    return frozenset(normal_code(code) for code in _identifier(()).labels)


class Detector:
    """Tells the language of texts, restricted to those that are expected.

    Args:
        languages: codes of any form that `normal_code` takes; None or none: `SPOKEN`. Those that nobody can detect
            are left out.
        prior: how often the stream speaks each language (any positive numbers); decides on texts of a few words.
    """

    def __init__(self, languages: Sequence[str] | None = None, prior: Mapping[str, float] | None = None) -> None:
        wanted = dict.fromkeys(map(normal_code, languages or SPOKEN))
        labels = [label for code in wanted for label in _AS_DETECTED.get(code, (code,))]
        self._identifier = _identifier(tuple(label for label in labels if label in _identifier(()).labels))
        self.languages = tuple(dict.fromkeys(map(normal_code, self._identifier.labels)))
        self._prior = _logarithms(prior, self.languages) if prior else None

    def detect(self, text: str) -> tuple[str, float]:
        """The language's code and how sure that is, 0 to 1.

        "und" for a text without letters (surely), and for one whose words say nothing to the detector (hardly sure).
        """
        sample = text[:_SAMPLE]
        letters = sum(map(str.isalpha, sample)) if len(sample) < _FEW_LETTERS else _FEW_LETTERS
        if not letters or (letters == _FEW_LETTERS and not any(map(str.isalpha, sample))):
            return UNKNOWN, 1.0
        if self._prior is None:
            label, sure = self._identifier.classify(sample)
            return (normal_code(label) if sure * len(self.languages) > _CLUELESS else UNKNOWN), sure
        return self._weighed(sample, letters, self._prior)

    def _weighed(self, sample: str, letters: int, prior: Mapping[str, float]) -> tuple[str, float]:
        """The likeliest language where the stream's habit counts for the more the fewer letters there are."""
        weight = 1 - letters / (2 * _FEW_LETTERS)
        odds = {code: math.log(max(sure, 1e-9)) + weight * prior[code] for code, sure in self._ranked(sample)}
        best = max(odds, key=odds.__getitem__)
        return best, 1 / sum(math.exp(value - odds[best]) for value in odds.values())

    def _ranked(self, sample: str) -> Iterable[tuple[str, float]]:
        merged: dict[str, float] = {}
        for label, sure in self._identifier.rank(sample):
            code = normal_code(label)
            merged[code] = merged.get(code, 0.0) + sure
        return merged.items()


def _logarithms(prior: Mapping[str, float], languages: Sequence[str]) -> dict[str, float]:
    """The logarithm of each language's share, one unseen text added to each so that none is impossible."""
    counts = {normal_code(code): max(share, 0.0) for code, share in prior.items()}
    total = sum(counts.get(code, 0.0) for code in languages) or 1.0
    floor = 0.01 * total
    return {code: math.log((counts.get(code, 0.0) + floor) / total) for code in languages}


@lru_cache(maxsize=8)
def _identifier(labels: tuple[str, ...]) -> Any:
    """The identifier restricted to these labels, all where there are none. Its tables are read once a process."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    if not labels:
        return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    everything = _identifier(())
    restricted = LanguageIdentifier(
        everything.nb_ptc, everything.nb_pc, everything.nb_classes, everything.tk_nextmove, everything.tk_output,
        norm_probs=True, tk_row=everything.tk_row,
    )  # fmt: skip
    restricted.set_languages(labels)
    return restricted

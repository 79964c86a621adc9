"""Any Hugging Face sequence-classification model as what reads a text: found, loaded, and asked in batches.

A model is a folder with `config.json`, `tokenizer.json` and `model.onnx` (or `onnx/model.onnx`), run by onnxruntime;
or, where torch and transformers are installed, with `model.safetensors`. Nothing is unpickled and no code of a model
runs.
"""

import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from earful.errors import ConfigError
from earful.extras import missing, require
from earful.values import Evidence, Label, Passage, Reading
from sentiment.odds import Sums
from sentiment.secondlook import Looked, Model

ONNX: Final = ("model.onnx", "onnx/model.onnx")
TORCH: Final = "model.safetensors"
_LENGTHS: Final = "tokenizer_config.json"  #: says how long texts may be; not every model has it
_FILES: Final = ("config.json", "tokenizer.json", _LENGTHS, *ONNX, *(f"{one}_data" for one in ONNX))
_MOST_TOKENS: Final = 512  #: where the model doesn't say how many it can read
_UNSAID: Final = 100_000  #: tokenizers that know no bound say a number beyond this
_SUREST: Final = 12.0  #: log-odds that a softmax of 0 or 1 stands for
_LETTER: Final = re.compile(r"[^\W\d_]|[^\x00-\x7f]")
_EXPORT: Final = "optimum-cli export onnx --model {name} --task text-classification {folder}"

_NAMED: Final = {
    **dict.fromkeys(("negative", "neg", "very negative", "bad", "1 star", "2 stars", "1", "2"), Label.NEGATIVE),
    **dict.fromkeys(("neutral", "neu", "mixed", "3 stars", "3"), Label.NEUTRAL),
    **dict.fromkeys(("positive", "pos", "very positive", "good", "4 stars", "5 stars", "4", "5"), Label.POSITIVE),
}
_N, _0, _P = Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE
_NUMBERED: Final = {2: (_N, _P), 3: (_N, _0, _P), 5: (_N, _N, _0, _P, _P)}
"""What `LABEL_0`, `LABEL_1`, … are taken for where a model names them no better: from worst to best, as usual."""

Numbers = NDArray[np.float64]
Tokens = NDArray[np.int64]
Run = Callable[[Tokens, Tokens], Numbers]  #: token ids and which of them count, one row a text -> one score a label


@dataclass(frozen=True, slots=True)
class Classifier:
    """A model that can be asked what texts say."""

    version: str  #: the beginning of a hash of all that makes its answers
    labels: tuple[Label, ...]  #: what each of its classes means
    most_tokens: int  #: that it can read of a text
    tokenizer: Any
    run: Run

    def looked(self, texts: Sequence[str]) -> list[Looked]:
        """Both log-odds of each text, and a note where the model could read only its beginning."""
        found = self.tokenizer.encode_batch([text.encode("utf-8", "replace").decode() for text in texts])
        ids = np.array([one.ids for one in found], dtype=np.int64)
        mask = np.array([one.attention_mask for one in found], dtype=np.int64)
        chances = _softmax(self.run(ids, mask))
        cut = [_cut(self.most_tokens) if one.overflowing else () for one in found]
        return list(zip(map(self._sums, chances), cut, strict=True))

    def _sums(self, chances: Numbers) -> Sums:
        """The log-odds that chances of classes stand for; neutral is what is likelier than either side."""
        of = dict.fromkeys((_N, _0, _P), 1e-09)
        for label, chance in zip(self.labels, chances.tolist(), strict=True):
            of[label] += chance
        polarity = math.log(of[_P] / of[_N])
        neutrality = math.log(of[_0] / max(of[_P], of[_N]))
        return Sums(max(-_SUREST, min(_SUREST, polarity)), max(-_SUREST, min(_SUREST, neutrality)))


def model(name: str) -> Model:
    """A classifier as what looks a second time: at every text with words, and it decides alone.

    Args:
        name: a folder, or the name of a model at Hugging Face, which is downloaded where huggingface_hub is installed.

    Raises:
        ConfigError: as `classifier`.
    """
    found = classifier(name)
    return Model("transformers", found.version, 1.0, {}, _worded, found.looked, sorted_by_length=8)


_OURS: Final = 'reader = "transformers:…"'


def _worded(passage: Passage, _: Reading) -> bool:
    """Whether a text has letters or signs to read."""
    return bool(_LETTER.search(passage.text))


def classifier(name: str) -> Classifier:
    """The model of that name or in that folder, ready to be asked.

    Raises:
        ConfigError: it can't be found, lacks a file or a package, or its labels say nothing about sentiment. The
            message says what to do.
    """
    return _loaded(_folder(name))


@lru_cache(maxsize=2)
def _loaded(folder: Path) -> Classifier:
    config = _config(folder)
    labels = labels_of(config, folder)
    tokenizer_file = _needed(folder, "tokenizer.json")
    model = next((folder / one for one in ONNX if (folder / one).is_file()), None)
    if model:
        require("transformers", _OURS)
    tokenizer, most = _tokenizer(tokenizer_file, folder, config)
    weights = model or folder / TORCH
    if not weights.is_file():
        raise ConfigError(f"{folder} holds neither {' nor '.join((*ONNX, TORCH))}. {_advice(str(folder), folder)}")
    run = _onnx(weights) if model else _torch(folder)
    lengths = [folder / _LENGTHS] if (folder / _LENGTHS).is_file() else []
    version = _hash([weights, *_beside(weights), tokenizer_file, folder / "config.json", *lengths])
    made = Classifier(version, labels, most, tokenizer, run)
    _try(made, weights)
    return made


def _try(made: Classifier, weights: Path) -> None:
    """Ask a model once, so that one that can't answer is told of before anything is read."""
    try:
        made.looked(["a"])
    except Exception as error:
        raise ConfigError(
            f"{weights} does not answer as a model for sequence classification with {len(made.labels)} classes does: "
            f"{error}"
        ) from error


def labels_of(config: Mapping[str, Any], folder: Path) -> tuple[Label, ...]:
    """What each class of a model means, by the names in its configuration.

    Raises:
        ConfigError: they are no names of sentiment.
    """
    said = config.get("id2label")
    named = said if isinstance(said, dict) and all(str(key).isdecimal() for key in said) else {}
    names = [str(named[key]) for key in sorted(named, key=int)]
    if all(re.fullmatch(r"LABEL_\d+", one) for one in names) and len(names) in _NUMBERED:
        return _NUMBERED[len(names)]
    known = [_NAMED.get(" ".join(one.lower().replace("_", " ").replace("-", " ").split())) for one in names]
    labels = tuple([one for one in known if one])
    if not names or len(labels) < len(names) or not {_N, _P} <= set(labels):
        raise ConfigError(
            f'The classes of the model in {folder} are {", ".join(names) or "not named"} ("id2label" in its '
            "config.json). Needed are negative and positive, with or without neutral, or 1 to 5 stars: choose a model "
            "of sentiment, or name its classes so."
        )
    return labels


def _folder(name: str) -> Path:
    path = Path(name).expanduser()
    if path.is_dir():
        return path.resolve()
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", name) or name.startswith((".", "/")):
        raise ConfigError(f"There is no folder {name} with a model. {_advice('ORGANISATION/NAME', path)}")
    if find_spec("huggingface_hub") is None:
        raise ConfigError(
            f"{name} is no folder here, and the package huggingface_hub, which could download it, is not installed. "
            f"{_advice(name, Path(name).name)}"
        )
    return _downloaded(name)


def _downloaded(name: str) -> Path:
    hub = import_module("huggingface_hub")
    wanted = [*_FILES, TORCH] if find_spec("torch") else list(_FILES)
    try:
        return Path(hub.snapshot_download(name, allow_patterns=wanted))
    except (OSError, ValueError, hub.errors.HfHubHTTPError) as error:
        said = str(error).strip().split("\n", 1)[0]
        raise ConfigError(
            f"{name} could not be downloaded: {said.rstrip('.')}. {_advice(name, Path(name).name)}"
        ) from error


def _advice(name: str, folder: Path | str) -> str:
    return (
        "A folder needs config.json, tokenizer.json and model.onnx; this makes it, anywhere with the package "
        f"optimum-onnx: `{_EXPORT.format(name=name, folder=folder)}`. Then set "
        f'reader = "transformers:FOLDER".'
    )


def _needed(folder: Path, name: str) -> Path:
    if not (folder / name).is_file():
        raise ConfigError(f"{folder} has no {name}. {_advice(str(folder), folder)}")
    return folder / name


def _config(folder: Path) -> Mapping[str, Any]:
    try:
        config = json.loads(_needed(folder, "config.json").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ConfigError(f"{folder / 'config.json'} is no JSON: {error}") from error
    return config if isinstance(config, dict) else {}


def _tokenizer(file: Path, folder: Path, config: Mapping[str, Any]) -> tuple[Any, int]:
    """The tokenizer, told to cut and to pad, and how many tokens it leaves of a text."""
    tokenizers = _package("tokenizers")
    try:
        tokenizer = tokenizers.Tokenizer.from_file(str(file))
    except Exception as error:
        raise ConfigError(f"{file} can't be used: {error}") from error
    most = _most_tokens(folder, config)
    padding = config.get("pad_token_id")
    padded = padding if isinstance(padding, int) else 0
    tokenizer.enable_truncation(max_length=most)
    tokenizer.enable_padding(pad_id=padded, pad_token=tokenizer.id_to_token(padded) or "[PAD]")
    return tokenizer, most


def _most_tokens(folder: Path, config: Mapping[str, Any]) -> int:
    """How many tokens a model reads: what its tokenizer says, or what its places leave."""
    beside = folder / _LENGTHS
    try:
        said = json.loads(beside.read_text(encoding="utf-8")).get("model_max_length") if beside.is_file() else None
    except (ValueError, AttributeError):
        said = None
    places = config.get("max_position_embeddings")
    # RoBERTa and its kin count places from behind that of the padding, so that two of 514 are never a token's
    reserved = 2 if "roberta" in str(config.get("model_type", "")) else 0
    bounds = [said, places - reserved if isinstance(places, int) else None]
    usable = [int(one) for one in bounds if isinstance(one, int | float) and 1 < one < _UNSAID]
    return min([*usable, _UNSAID]) if usable else _MOST_TOKENS


def _onnx(file: Path) -> Run:
    runtime = _package("onnxruntime")
    options = runtime.SessionOptions()
    options.log_severity_level = 3  # errors only: what it warns of is nothing that a user can change
    try:
        session = runtime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise ConfigError(f"{file} is no model that onnxruntime can run: {error}") from error
    asked = {one.name for one in session.get_inputs()}

    def run(ids: Tokens, mask: Tokens) -> Numbers:
        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        scores = session.run(None, {name: value for name, value in given.items() if name in asked})[0]
        return np.asarray(scores, dtype=np.float64)

    return run


def _torch(folder: Path) -> Run:
    torch, transformers = _package("torch"), _package("transformers")
    model = transformers.AutoModelForSequenceClassification.from_pretrained(
        str(folder), local_files_only=True, use_safetensors=True, trust_remote_code=False
    ).eval()

    def run(ids: Tokens, mask: Tokens) -> Numbers:
        with torch.inference_mode():
            scores = model(input_ids=torch.from_numpy(ids), attention_mask=torch.from_numpy(mask)).logits
        return np.asarray(scores.float().numpy(), dtype=np.float64)

    return run


def _package(name: str) -> Any:
    if find_spec(name) is None:
        raise ConfigError(missing(_OURS, name))
    return import_module(name)


def _beside(model: Path) -> list[Path]:
    """The files that hold a large model's numbers beside it."""
    return sorted(model.parent.glob("*.onnx_data"))


def _hash(files: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as opened:
            digest.update(hashlib.file_digest(opened, "sha256").digest())
    return digest.hexdigest()[:12]


def _cut(most: int) -> tuple[Evidence, ...]:
    return (Evidence("cut", f"only the first {most} tokens were read", -1, 0.0),)


def _softmax(scores: Numbers) -> Numbers:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances: Numbers = raised / raised.sum(axis=1, keepdims=True)
    return chances

"""Any sequence-classification model in a folder reads texts: a tiny one is made here and really run."""

import json
import sys

import pytest

from earful import extras
from earful.errors import ConfigError
from earful.values import Label, Passage
from sentiment import classifier
from sentiment.classifier import labels_of
from sentiment.reader import Taught, reader_named
from sentiment.secondlook import Budget

pytestmark = pytest.mark.slow

WORDS = {
    "[PAD]": (9, 9, 9),
    "[UNK]": (0, 0.2, 0),
    "good": (0, 0, 3),
    "bad": (3, 0, 0),
    "parcel": (0, 3, 0),
    "добро": (0, 0, 3),
}
CONFIG = {
    "id2label": {"0": "negative", "1": "neutral", "2": "positive"},
    "pad_token_id": 0,
    "max_position_embeddings": 8,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("model")
    write_model(made / "model.onnx")
    write_tokenizer(made / "tokenizer.json")
    (made / "config.json").write_text(json.dumps(CONFIG))
    return made


def write_model(path):
    """A model that adds up what each word says: what a real one gives, by a simpler way."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save

    ids, mask = (
        helper.make_tensor_value_info(name, TensorProto.INT64, ["b", "s"]) for name in ("input_ids", "attention_mask")
    )
    table = numpy_helper.from_array(np.array(list(WORDS.values()), dtype=np.float32), "table")
    last, middle = (numpy_helper.from_array(np.array([axis]), name) for axis, name in ((2, "last"), (1, "middle")))
    nodes = [
        helper.make_node("Gather", ["table", "input_ids"], ["said"]),
        helper.make_node("Cast", ["attention_mask"], ["counts"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["counts", "last"], ["weights"]),
        helper.make_node("Mul", ["said", "weights"], ["kept"]),
        helper.make_node("ReduceSum", ["kept", "middle"], ["logits"], keepdims=0),
    ]
    logits = helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", 3])
    graph = helper.make_graph(nodes, "tiny", [ids, mask], [logits], [table, last, middle])
    save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=10), path)


def write_tokenizer(path):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer, tokenizer.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    tokenizer.save(str(path))


def reader(folder, languages=("en",), **taught):
    return reader_named(f"transformers:{folder}", languages, Taught(**taught), Budget(1000))


def read(made, *texts):
    return made.read([Passage(text) for text in texts])


def test_the_model_decides_and_says_so(folder):
    made = reader(folder)
    found = read(made, "a good good parcel", "Bad, bad parcel", "parcel", "12 / 3", "good good good good bad bad")
    labels = [Label.POSITIVE, Label.NEGATIVE, Label.NEUTRAL, Label.UNSCORED, Label.POSITIVE]
    assert [one.label for one in found] == labels
    assert {(one.reader, one.version) for one in found} == made.marks
    assert [one.reader for one in found] == ["transformers"] * 3 + ["default", "transformers"]
    assert all(0 < one.confidence <= 1 for one in found if one.label is not Label.UNSCORED)
    assert all((one.polarity < 0) == (one.label is Label.NEGATIVE) for one in found[:2])


def test_batches_give_what_single_texts_give(folder):
    texts = [" ".join(words) for words in (["good"], ["bad"] * 5, ["parcel", "bad"], ["x"] * 7) for _ in range(20)]
    made = reader(folder)
    assert read(made, *texts) == [read(made, text)[0] for text in texts]


def test_a_language_without_weights_is_read_where_the_model_can(folder):
    [reading] = reader(folder, ["ka"]).read([Passage("добро", "ka")])
    assert (reading.language, reading.label) == ("ka", Label.POSITIVE)


def test_a_text_that_is_cut_says_so(folder):
    short, long = read(reader(folder), "good " * 8, "good " * 9)
    assert [one.code for one in short.evidence if one.start < 0] == []
    [cut] = [one for one in long.evidence if one.start < 0]
    assert (cut.code, cut.text) == ("cut", "only the first 8 tokens were read")


def test_stars_and_calibration_count_as_with_other_readers(folder):
    made = reader(folder)
    [one] = made.read([Passage("good", rating=1)])
    assert one.label is Label.NEGATIVE
    [moved] = read(reader(folder, calibration={"neutral_border": -9.0}), "good")
    assert moved.label is Label.NEUTRAL
    assert moved.version != one.version
    assert [bool(each) for each in made.weigh([Passage("good"), Passage("12")])] == [True, False]


def test_what_there_is_no_time_for_keeps_the_first_reading(folder):
    made = reader_named(f"transformers:{folder}", ["en"], budget=Budget(0))
    [reading] = made.read([Passage("good parcel")])
    assert reading.reader == "default"
    assert (reading.reader, reading.version) not in made.marks


def test_the_version_is_that_of_the_model(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    assert reader(tmp_path).version == reader(folder).version
    classifier._loaded.cache_clear()
    (tmp_path / "config.json").write_text(json.dumps(CONFIG | {"max_position_embeddings": 9}))
    assert reader(tmp_path).version != reader(folder).version


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["NEG", "NEU", "POS"], "-0+"),
        (["LABEL_0", "LABEL_1", "LABEL_2"], "-0+"),
        (["LABEL_0", "LABEL_1"], "-+"),
        (["Positive", "Negative"], "+-"),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], "--0++"),
        (["Very_Negative", "negative", "neutral", "positive", "very-positive"], "--0++"),
        (["joy", "anger"], ""),
        (["LABEL_0", "LABEL_1", "LABEL_2", "LABEL_3"], ""),
        ([], ""),
        (["neutral", "positive"], ""),
    ],
)
def test_classes_are_known_by_their_names(names, labels, tmp_path):
    config = {"id2label": {str(i): name for i, name in enumerate(names)}}
    if labels:
        sign = {"-": Label.NEGATIVE, "0": Label.NEUTRAL, "+": Label.POSITIVE}
        assert labels_of(config, tmp_path) == tuple(sign[one] for one in labels)
    else:
        with pytest.raises(ConfigError, match="id2label"):
            labels_of(config, tmp_path)


def test_a_model_with_other_classes_than_its_configuration_says_is_refused(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "config.json").write_text(json.dumps(CONFIG | {"id2label": {"0": "negative", "1": "positive"}}))
    with pytest.raises(ConfigError, match="2 classes"):
        reader(tmp_path)


@pytest.mark.parametrize("missing", ["config.json", "tokenizer.json", "model.onnx"])
def test_a_folder_that_lacks_a_file_says_which_and_how_to_make_it(folder, tmp_path, missing):
    for file in folder.iterdir():
        if file.name != missing:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    with pytest.raises(ConfigError, match=rf"{missing}[\s\S]*optimum-cli"):
        reader(tmp_path)


@pytest.mark.parametrize("broken", ["config.json", "tokenizer.json", "model.onnx"])
def test_a_broken_file_is_named(folder, tmp_path, broken):
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(b"\x80\x04broken" if file.name == broken else file.read_bytes())
    with pytest.raises(ConfigError, match=broken):
        reader(tmp_path)


def test_a_name_that_is_no_folder_says_what_to_download(monkeypatch):
    monkeypatch.setattr(classifier, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="optimum-cli export onnx --model someone/a-model"):
        reader("someone/a-model")
    with pytest.raises(ConfigError, match="no folder /not/there"):
        reader("/not/there")


def test_a_missing_package_says_what_to_install(folder, monkeypatch):
    classifier._loaded.cache_clear()
    monkeypatch.setattr(extras, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match="pip install onnxruntime tokenizers"):
        reader(folder)


def test_the_reader_needs_a_model():
    with pytest.raises(ConfigError, match="transformers:FOLDER-OR-NAME"):
        reader_named("transformers")


def test_nothing_of_it_is_loaded_for_other_readers():
    assert "pickle" not in vars(classifier)
    assert "torch" not in sys.modules


def test_a_model_in_torch_s_form_is_run_where_torch_is_there(tmp_path):
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=len(WORDS), hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=16, id2label={0: "negative", 1: "neutral", 2: "positive"},
    )  # fmt: skip
    torch.manual_seed(1)
    model = transformers.BertForSequenceClassification(config)
    steps = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(60):
        steps.zero_grad()
        model(input_ids=torch.tensor([[2, 4], [3, 4], [4, 4]]), labels=torch.tensor([2, 0, 1])).loss.backward()
        steps.step()
    model.save_pretrained(tmp_path, safe_serialization=True)
    write_tokenizer(tmp_path / "tokenizer.json")
    found = read(reader(tmp_path), "good parcel", "Bad parcel", "parcel parcel")
    assert [one.label for one in found] == [Label.POSITIVE, Label.NEGATIVE, Label.NEUTRAL]

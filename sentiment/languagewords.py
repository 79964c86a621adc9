"""What single words say about the language of a text: py3langid's model, and everyday words of kindred languages."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from itertools import chain
from threading import RLock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sentiment.batches import TOGETHER
from sentiment.kindred import said

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]

_TELLING: Final = {
    "no": "meg deg seg av hva nå noe noen ble blitt mye mer uten opp ut veldig gjøre gjør sånn bra fram dere oss "
    "skjønner takk igjen hjelp hjelpe hjelper penger uke uker uken dager ganger ennå vært hadde feil blir gir ga "
    "sier brukt bruker ringte prøvd prøvde beste verste verre aldri alltid viktig riktig gjerne dessverre mellom "
    "gjennom kjøpe kjøpt kjøper kjøpte fikk fått gikk gått spørre spør butikk levert leverte lenge neste siste "
    "skjedde skjedd skjer inn våre åpent jobber funker kanskje fornøyd laget legge raskt etter enn litt annet "
    "tilbake vanskelig mulig lenger hatt vite ønsker eg ikkje kva frå nokon noko vart mykje meir gjere dykk "
    "trenger ein eit dei berre korleis kvifor kven sjølv saman veke veker blei vere seier kjem fekk",
    "da": "mig dig sig af hvad noget nogen nogle blev blevet meget mere uden ud op gøre gør sådan rigtig nej frem lige "
    "lavet kun selvfølgelig dejlig jeres tak hjælp hjælpe hjælper penge uge uger ugen dage gange endnu været "
    "havde fejl vej blive bliver giver gav tager sige siger bruge bruger brugt ringede prøvet prøvede bedste "
    "værste aldrig altid vigtig vigtigt rigtigt gerne desværre mellem gennem købe købt køber købte køb fik fået "
    "gik gået spørge spørger butik leveret leverede længe næste sidste sket sker ind åbent åbner måske tilfreds "
    "hurtigt forkert lidt anden andet tilbage efter kræver måde",
    "sv": "och är inte att ett för från jag vad hur varför när här då också bara mycket utan göra gör någon något "
    "några aldrig alltid tack bättre bästa mig dig sig efter av mer ut bra bli denna detta alla inga vill måste finns",
    "ru": "что это они мы ещё еще если уже очень нет вы был была было меня когда где почему только спасибо можно будет",
    "uk": "що це вони ми всі ще якщо вже дуже або ні ви чи був була від є та мене коли чому тільки дякую можна ласка",
    "bg": "че това ние още ако вече много няма беше съм са се аз ще ли защо кога къде само благодаря може моля имам "
    "със във който която което които когато този тази тези днес бих бях бяха бъде сме сте искам какво кой защото тук "
    "след преди чрез поради моята моят моето ги работи получих получи поръчка поръчката поръчах приложението пратката "
    "доставката парите новото новата новия старото старата по-добре по-добър по-добра по-добро най-добре най-добрия",
    "es": "el los las y pero muy hay tengo gracias usted está estoy qué también hasta del ya",
    "pt": "não nao uma um é mas muito meu minha você vocês obrigado obrigada tem são isso ainda já também até pra foi",
    "id": "ga gak nggak enggak ngga gan nyesel mantap mantul banget bgt yg dgn udah udh gw gue kalo gimana makasih "
    "cepet lemot bohong bisa tidak dengan sudah belum karena barang pesanan aplikasi pelayanan kecewa",
    "pcm": "dey wey una abeg wetin wan sabi pikin wahala comot dis dat dia naim chop fit tok shey haba nawa",
}
"""Everyday words that tell languages apart from those that look most like them: Scandinavian, Slavic and Iberian ones
from each other, Nigerian Pidgin from English, hasty Indonesian from whatever it looks like."""
_TOLD: Final = 5.0  #: what such a word adds for its language, about as much as an everyday word by itself
_MARKS: Final = ".,;:!?…()\"'"
_BLANK: Final = ord(" ")
_DEEPEST: Final = 6  #: bytes of the longest feature of py3langid's model
_RUN: Final = 32  #: neighbours in the automaton's table; with so many a table of distinct ones is smallest
_WORDS_KEPT: Final = 60_000  #: words kept scored, some 15 MB
_FINE: Final = np.float32(2048)  #: the model's scores times this are whole numbers that 16 bits hold


class Words(dict[str, int]):
    """The words seen, each with its row in a table of scores: the model's, then the kin's. Row 0 says nothing.

    Looking a word up gives it a row; its scores are filled in together with those of others. Once the words are too
    many, those that came up in one batch only are forgotten.

    Args:
        columns: those of py3langid's model to add up, as `labels` counts them.
        codes: the language that each of them speaks for.
        kin: what each piece of a word says for each of some kindred languages, as `Kindred.columns` gives it.
    """

    def __init__(self, columns: tuple[int, ...], codes: Sequence[str], kin: Floats) -> None:
        super().__init__()
        self._table, self._kin = _table(columns), kin
        self._telling = _telling(codes)
        most = _WORDS_KEPT + TOGETHER
        self._scores = np.zeros((most, len(columns) + kin.shape[1]), dtype=np.float32)
        self._again = np.zeros(most, dtype=np.bool_)  #: which rows came up in a later batch than their first
        self._used = 1
        self._new: dict[str, str] = {}  #: words without scores yet, as the automaton is to see them
        self._changing = RLock()

    def sums(self, samples: Sequence[str]) -> Floats:
        """For each sample the sum of the scores of its words."""
        split = [sample.split() for sample in samples]
        sizes = np.array(list(map(len, split)))
        sums = np.zeros((len(samples), self._scores.shape[1]), dtype=np.float32)
        if sizes.any():
            begins = np.cumsum(sizes) - sizes
            with self._changing:
                rows = self._rows(chain.from_iterable(split))
                sums[sizes > 0] = np.add.reduceat(self._scores.take(rows, axis=0), begins[sizes > 0])
        return sums

    def _rows(self, words: Iterable[str]) -> Ints:
        if len(self) > _WORDS_KEPT:
            self._forget()
        known = self._used
        rows = np.array(list(map(self.__getitem__, words)), dtype=np.int64)
        self._again[rows[rows < known]] = True
        if self._new:
            self._fill(slice(known, self._used), list(self._new), "".join(self._new.values()))
            self._new.clear()
        return rows

    def __missing__(self, word: str) -> int:
        shown = as_shown(word)
        row = self._used if shown else 0
        if shown:
            self._new[word] = shown
            self._used += 1
        self[word] = row
        return row

    def _forget(self) -> None:
        """Keep what came up again, unless that is most of it."""
        self._again[0] = False  # what says nothing is soon known again
        kept = np.flatnonzero(self._again[: self._used])
        if len(kept) > _WORDS_KEPT // 2:
            kept = kept[:0]
        rows = dict(zip(kept.tolist(), range(1, 1 + len(kept)), strict=True))
        remembered = {word: rows[row] for word, row in self.items() if row in rows}
        self.clear()
        self.update(remembered)
        self._scores[1 : 1 + len(kept)] = self._scores[kept]
        self._scores[1 + len(kept) : self._used] = 0
        self._again[: self._used] = False
        self._used = 1 + len(kept)

    def _fill(self, rows: slice, words: Sequence[str], shown: str) -> None:
        """Score new words, all at once."""
        table, labels = self._scores[rows], self._table.shape[1]
        spoken, scores = self._scored(shown.encode("utf8", "surrogatepass"))
        table[spoken, :labels] = scores
        lower = list(map(bare, words))
        for row in spoken.tolist():
            if (word := lower[row]) in self._telling:
                table[row, :labels] += self._telling[word]
        if self._kin.shape[1]:
            table[:, labels:] = said(lower, self._kin)

    def _scored(self, words: bytes) -> tuple[Ints, Floats]:
        """Which of the words, each between two blanks, have features, and the scores of these, as py3langid does it."""
        features, owners = _walk().features(words)
        table = self._table
        keys, counts = np.unique(owners * len(table) + features, return_counts=True)
        owners, features = np.divmod(keys, len(table))
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        if not len(starts):
            return starts, np.zeros((0, table.shape[1]), dtype=np.float32)
        weighed = (np.log1p(counts.astype(np.float32)) / _FINE)[:, None] * table.take(features, axis=0)
        return owners[starts], np.add.reduceat(weighed, starts)


def _telling(codes: Sequence[str]) -> dict[str, Floats]:
    """For each word of `_TELLING` what it adds to the score of each of these languages."""
    found: dict[str, Floats] = {}
    for language, words in _TELLING.items():
        for word in words.split():
            adds = found.setdefault(word, np.zeros(len(codes), dtype=np.float32))
            adds[[code == language for code in codes]] = _TOLD
    return found


class _Walk:
    """The walk through py3langid's automaton, from all bytes of many words at once.

    Its state after a byte depends on a few bytes only, those of its longest feature; so a state is found by walking to
    it from as many bytes before. No feature holds two blanks in a row, so what stands before a word changes nothing.

    Most runs in the automaton's table of 40 MB are the same as others. Each is kept once: 9 MB.
    """

    def __init__(self, model: Any) -> None:
        table = np.frombuffer(model.tk_nextmove, dtype=model.tk_nextmove.typecode)
        self._runs, places = _distinct(table.reshape(-1, _RUN))
        self._places = places * _RUN
        self._rows = np.array(model._rowbase, dtype=np.int64) // _RUN  # noqa: SLF001
        self._output = np.array(model.tk_output, dtype=np.int32)

    def features(self, words: bytes) -> tuple[Ints, Ints]:
        """The features seen in words that stand between two blanks each, and the place of the word that each is in."""
        text = np.frombuffer(b" " * (_DEEPEST - 1) + words, dtype=np.uint8)
        run, place = np.divmod(text, np.uint8(_RUN))
        states: NDArray[np.integer[Any]] = np.zeros(len(words), dtype=np.int64)
        for before in range(_DEEPEST):
            byte = slice(before, before + len(words))
            runs = self._places.take(self._rows.take(states) + run[byte])
            states = self._runs.take(runs + place[byte])
        found = self._output.take(states)
        seen = np.flatnonzero(found >= 0)
        ends = np.flatnonzero(text[_DEEPEST - 1 :] == _BLANK)[1::2]
        return found.take(seen).astype(np.int64), np.searchsorted(ends, seen)


def _distinct(rows: NDArray[np.unsignedinteger]) -> tuple[NDArray[np.unsignedinteger], Ints]:
    """The distinct rows of a table, and the place among them of each row; rows are told apart by a checksum each."""
    words = rows.view(np.uint64)
    factors = np.random.default_rng(1).integers(1 << 62, size=words.shape[1], dtype=np.uint64)
    _, firsts, places = np.unique(words @ factors, return_index=True, return_inverse=True)
    return rows[firsts], places


def as_shown(word: str) -> str:
    """A word between blanks, as the automaton is to see it; "" for handles, links and what has no letters."""
    lettered = word.isalpha() or (word[0] not in "@#" and any(map(str.isalpha, word)))
    if not lettered or word.startswith("http"):
        return ""
    if word.isupper():
        word = word.lower()
    return f" {word if word.isascii() else unicodedata.normalize('NFC', word)} "


def bare(word: str) -> str:
    """A word in lower case, without the marks around it."""
    bare = word.lower().strip(_MARKS)
    return bare if bare.isascii() else bare.encode("utf-8", "replace").decode()


@cache
def _whole() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE)


@cache
def labels() -> tuple[str, ...]:
    """What py3langid's model calls the languages of its columns."""
    return tuple(_whole().nb_classes)


@cache
def _walk() -> _Walk:
    return _Walk(_whole())


@lru_cache(maxsize=8)
def _table(columns: tuple[int, ...]) -> NDArray[np.int16]:
    """Some columns of what each feature of py3langid's model says, times `_FINE`.

    So they are summed several times as fast as its own floating numbers of 16 bits, with the same result. The others,
    some 30 MB, are let go again: hardly any process needs a second table, and one that does keeps them.
    """
    some = _whole().nb_ptc.take(columns, axis=1)  # row after row, as they are read; [:, columns] would turn them
    table: NDArray[np.int16] = (some.astype(np.float32) * _FINE).astype(np.int16)
    if not _table.cache_info().currsize:
        labels(), _walk()  # what every table needs of the model stays
        _whole.cache_clear()
    return table

"""How well languages are told apart, on whole texts and on three words of them.

`python bench/languages.py [FILE.jsonl ...]` reads texts with their language ({"text": ..., "lang": ...} a line), some
600 of each file and language, and the sentences below. "Three words" are the first three; "with prior" says how they
are told where the stream is known to speak this language nine times in ten: a brand's own stream helps like that.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from earful.languagecodes import normal_code
from sentiment.languages import SPOKEN, Detector, known_languages

MOST = 600  # texts of a language; more change the third digit only
WORDS = 5  # from which on a text is whole; shorter ones are what "three words" is about
USUAL = 0.9  # how much of its stream a language has, with prior

WRITTEN = {
    "en": "My parcel still has not arrived and nobody answers|The new app is so much faster than before, well done",
    "no": "Pakken min har fortsatt ikke kommet og ingen svarer meg|Eg er så glad for hjelpa eg fekk i butikken i dag",
    "da": "Min pakke er stadig ikke kommet, og ingen svarer mig|Hvad er der sket med jeres service efter nytår",
    "sv": "Mitt paket har fortfarande inte kommit och ingen svarar|Vad bra att ni har öppet på söndagar också",
    "fi": "Pakettini ei ole vieläkään saapunut eikä kukaan vastaa|Uusi sovellus toimii paljon paremmin kuin vanha",
    "hu": "A csomagom még mindig nem érkezett meg, senki nem válaszol|Nagyon kedvesek voltak az üzletben, köszönöm",
    "bg": "Пратката ми още не е пристигнала и никой не отговаря|Новото приложение работи много по-добре от старото",
    "id": "Paket saya belum juga sampai dan tidak ada yang menjawab|Aplikasi yang baru jauh lebih cepat dari yang lama",
    "de": "Mein Paket ist immer noch nicht da und niemand antwortet|Die neue App ist viel schneller als die alte",
    "es": "Mi paquete todavía no ha llegado y nadie me contesta|La nueva aplicación es más rápida que la anterior",
    "fr": "Mon colis n'est toujours pas arrivé et personne ne répond|La nouvelle application est bien plus rapide",
    "it": "Il mio pacco non è ancora arrivato e nessuno risponde|La nuova app è molto più veloce di quella vecchia",
    "nl": "Mijn pakket is nog steeds niet aangekomen en niemand antwoordt|De nieuwe app is veel sneller dan de oude",
    "pl": "Moja paczka nadal nie dotarła i nikt nie odpowiada|Nowa aplikacja działa o wiele szybciej niż stara",
    "pt": "A minha encomenda ainda não chegou e ninguém responde|O novo aplicativo é muito mais rápido do que o antigo",
    "ru": "Моя посылка до сих пор не пришла, и никто не отвечает|Новое приложение работает гораздо быстрее старого",
    "th": "พัสดุของฉันยังมาไม่ถึงและไม่มีใครตอบเลย|แอปใหม่เร็วกว่าเดิมมาก",
    "tr": "Paketim hâlâ gelmedi ve kimse cevap vermiyor|Yeni uygulama eskisinden çok daha hızlı",
    "cs": "Můj balík stále nedorazil a nikdo neodpovídá|Nová aplikace je mnohem rychlejší než ta stará",
    "ro": "Coletul meu tot nu a ajuns și nimeni nu răspunde|Noua aplicație este mult mai rapidă decât cea veche",
    "el": "Το δέμα μου δεν έχει φτάσει ακόμα και κανείς δεν απαντά|Η νέα εφαρμογή είναι πολύ πιο γρήγορη",
    "uk": "Моя посилка досі не прийшла, і ніхто не відповідає|Новий застосунок працює набагато швидше за старий",
    "ar": "لم تصل شحنتي حتى الآن ولا أحد يجيب على رسائلي|التطبيق الجديد أسرع بكثير من القديم",
    "ja": "荷物がまだ届かず、誰も返事をしてくれません|新しいアプリは前よりずっと速いです",
    "zh": "我的包裹还没有到，也没有人回复我|新的应用程序比以前快多了",
}


def main() -> None:
    """Print two tables: labelled texts among all their languages, and written sentences among the usual ones."""
    labelled = {code: texts for code, texts in _labelled(sys.argv[1:]).items() if code in known_languages()}
    if labelled:
        _table("labelled texts", labelled, sorted(labelled))
    _table("written sentences", {code: said.split("|") for code, said in WRITTEN.items()}, SPOKEN)


def _labelled(files: Sequence[str]) -> Mapping[str, Sequence[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for file in files:
        here: dict[str, list[str]] = defaultdict(list)
        for line in Path(file).read_text(encoding="utf-8").rstrip("\n").split("\n"):
            row = json.loads(line)
            here[normal_code(row["lang"])].append(row["text"])
        for code, texts in here.items():
            found[code] += texts[:: max(1, len(texts) // MOST)]
    return found


def _table(title: str, texts: Mapping[str, Sequence[str]], languages: Sequence[str]) -> None:
    print(f"{title}, told apart among {len(languages)} languages")
    print(f"{'':<6}{'texts':>6}{'whole':>8}{'3 words':>9}{'with prior':>12}")
    rows = [_row(code, texts[code], languages) for code in texts]
    for code, count, shares in rows:
        print(f"{code:<6}{count:>6}{shares[0]:>8.3f}{shares[1]:>9.3f}{shares[2]:>12.3f}")
    means = [sum(column) / len(rows) for column in zip(*(shares for _, _, shares in rows), strict=True)]
    print(f"{'mean':<12}{means[0]:>8.3f}{means[1]:>9.3f}{means[2]:>12.3f}\n")


def _row(code: str, texts: Sequence[str], languages: Sequence[str]) -> tuple[str, int, tuple[float, float, float]]:
    split = list(map(_words, texts))
    whole = [text for text, words in zip(texts, split, strict=True) if len(words) >= WORDS] or texts
    three = [" ".join(words[:3]) for words in split if words]
    others = (1 - USUAL) / (len(languages) - 1)
    stream = Detector(languages, dict.fromkeys(languages, others) | {code: USUAL})
    plain = Detector(languages)
    shares = _share(plain, whole, code), _share(plain, three, code), _share(stream, three, code)
    return code, len(whole), shares


def _share(detector: Detector, texts: Sequence[str], code: str) -> float:
    return sum(language == code for language, _ in detector.detect_all(texts)) / len(texts)


def _words(text: str) -> list[str]:
    words = (word for word in text.split() if any(map(str.isalpha, word)))
    return [word for word in words if word[0] not in "@#" and not word.startswith("http")]


if __name__ == "__main__":
    main()

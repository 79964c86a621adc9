"""What a brand must hear at once, and what only sounds like it, in each language. All brands are invented."""

import time
import tomllib
from datetime import UTC, datetime
from importlib.resources import files

import pytest

from earful.settings import Brand, Flagging
from earful.values import Label, Reading
from triage.judge import Heard, judge
from triage.phrases import Folded, Phrases, phrases

URGENT = {
    "en": """
        The battery exploded in my hand
        It blew up while charging
        I was burned by the battery
        My data was leaked
        My power bank just exploded
        The Fjellkopp charger melted the socket
        Black smoke everywhere, then it burst into flames
        It started smoking the first time we used it
        I get an electric shock when I touch the lid
        My daughter nearly choked on the button
        My son was badly burned
        The lid cut my finger, I needed stitches
        We ended up in the ER with food poisoning
        There was a piece of glass in my soup
        She had an allergic reaction, it is not on the label
        This is not safe for children
        The brakes failed on a hill
        It could have killed someone
        My details have been stolen from your site
        Somebody logged into my account last night
        My account has been hacked
        I can see another customer's address
        You violated GDPR: this is a gdpr breach
        My lawyer will write to you
        I will sue you
        See you in court
        I am reporting you to trading standards
        I have called the police
        We filed a police report
        A racist remark by your driver
        Your guard assaulted me
        I was refused because of my skin colour
        It is not only dangerous, it is ugly
        The plug got so hot it melted
        The battery is swollen
    """,
    "no": """
        Batteriet eksploderte under lading
        Det begynte å brenne i laderen
        Jeg melder dere til Forbrukertilsynet
        Laderen tok fyr
        Det kom røyk ut av kontakten
        Kjelen begynte å ryke
        Støpselet har smeltet
        Batteriet gjekk i lufta
        Eg fekk støyt då eg tok i lokket
        Jeg fikk elektrisk støt
        Datteren min brente seg på lokket
        Eg brende meg på hanken
        Ungen svelget en knapp
        Sønnen min fikk biten i halsen
        Vi vart sjuke: matforgifting
        Glassbit i maten
        Vi havnet på legevakten
        Dette er livsfarleg for born
        Bremsene sviktet i bakken
        Opplysningene mine er lekket
        Data om meg er på avveie: personopplysninger på avveie
        Kontoen min er hacket
        Kontoen min vart hakka
        Eg kan sjå andre kunder sine ordrar og adresser: andre kunders adresser
        Advokaten min tar kontakt
        Dette blir politianmeldt
        Jeg anmelder dere
        Saka går til Forbrukartilsynet
        Vi møtes i retten
        Jeg har ringt politiet
        Ekspeditøren var rasistisk
        Eg vart trakassert av vekteren
        Batteriet tok til å brenne
    """,
    "bg": """
        Батерията избухна при зареждане
        Батерията гръмна в ръцете ми
        Данните ми са изтекли
        Зарядното се запали през нощта
        Запали се контактът
        Избухна ми батерията
        Каната започна да пуши
        От контакта излезе черен дим
        Щепселът се стопи
        Удари ме ток
        Ме удари токът, като го включих
        Изгорих си ръката
        Детето се задави с копчето
        Глътна батерийка
        Натровихме се с храната
        Имаше стъкло в супата
        Алергична реакция по лицето
        Опасно е за деца
        Спирачките отказаха
        Изтекоха данни на клиенти
        Хакнаха ми профила
        Виждам чужди поръчки в профила си
        Ще ви съдя
        Подадох жалба в Комисията за защита на потребителите
        Адвокатът ми ще ви пише
        Ще сигнализирам КЗП
        Охранителят ме удари
        Това е дискриминация
        Расистко отношение
        Сексуален тормоз от служител
        Заплашиха ме
    """,
    "id": """
        Baterai meledak waktu dicas
        Bahaya sekali
        Data saya bocor
        Batrenya tiba-tiba meledak
        Powerbanknya meleduk di tas
        HP saya hampir meledak pas dicharge
        Colokannya meleleh
        Keluar asap dari mesinnya
        Kabelnya konslet
        Tangan saya kesetrum
        Tangan anak saya luka kena tutupnya
        Anak saya tersedak kancingnya
        Jariku sampai berdarah
        Kami sekeluarga keracunan
        Ada beling di dalam makanan
        Dibawa ke IGD
        Gak aman buat anak
        Remnya blong
        Data pelanggan dijual
        Datanya kesebar, data pribadi semua
        Nomor HP saya disebarin
        Akun saya dibobol
        Akun gue kena hack
        Saya akan tuntut
        Saya tempuh jalur hukum
        Sudah saya laporkan ke YLKI
        Gue laporin polisi
        Satpamnya rasis
        Saya dilecehkan kurirnya
        Kurirnya ngancem saya
    """,
    "hu": """
        Felrobbant az akkumulátor
        Kiszivárogtak az adataim
        Az akku töltés közben felrobbant
        A telefon majdnem felrobbant a zsebemben
        Kigyulladt a töltő
        A töltő füstölni kezdett
        Megolvadt a dugó
        Megrázott az áram
        Leforráztam a kezem
        A lányom megégette a kezét
        Megvágta a kezem a fedél
        Majdnem megfulladt a gyerek
        A kisfiam lenyelt egy elemet
        Ételmérgezést kaptunk
        Üvegszilánkot találtam benne
        Allergiás reakció lett tőle
        A kórházban kötöttünk ki
        Nagyon veszélyes
        Nem fogott a fék
        Ellopták az adataimat
        Feltörték a fiókomat
        Valaki más adatait látom
        Az ügyvédem keresni fogja önöket
        Feljelentem önöket
        A fogyasztóvédelmi hatósághoz fordulok
        Bíróságon találkozunk
        Rasszista megjegyzést tett a futár
        Zaklatott a biztonsági őr: zaklatás volt
        Megfenyegetett a futár
        Megrázott a kávéfőző
        Zaklatott az eladó
        Hátrányos megkülönböztetés ért
    """,
}

HARMLESS = {
    "en": """
        Police officers love it but mine broke
        My favourite police series
        The party exploded
        Sales have exploded since spring
        It exploded on TikTok
        My phone exploded with notifications
        The video blew up on Twitter
        She blew up at me over a parcel
        We had to blow up the mattress by mouth
        This song is fire
        Honestly, this song is on fire
        The band was on fire tonight
        My mouth is on fire, what a sauce
        Burned calories all morning in these
        It burned my toast
        Got it in burnt orange
        The smoke grey one is lovely
        I started smoking at twenty
        This mug sparks joy
        The price shocked me when I saw it
        I got a shock from the bill
        My phone died on day two
        To add insult to injury, it came late
        Great after a knee injury
        My hospital bag is packed
        I work in a hospital and wear these
        The colour is bleeding edge
        I choked up when I opened the gift
        Dangerously good
        Dangerous for my wallet
        The bottle leaked all over my bag
        A life hack for every kitchen
        GDPR compliant, they say
        As a lawyer I carry many papers
        It has never caught fire
        Nothing dangerous about it
        They really killed it with this one
        Thanks to Sue at the desk
        I was burned by this seller before
        I chose this cream because of my skin
        I received someone else's order
        My son got hurt feelings
    """,
    "no": """
        Remmen røyk på andre turen
        Glidelåsen røyk andre dagen
        Sikringen røyk
        Hempa røyk av ved første vask
        Sømmene begynte å ryke
        Hjulet røyk ut av festet
        Jeg fikk den i brannfarge
        Fargen er røykgrå
        Heia Brann
        Leste anmeldelsene før jeg kjøpte
        Jeg anmelder dette produktet på bloggen
        Flasken lekket i sekken
        Salget eksploderte
        Smaken eksploderer i munnen
        Farlig god sjokolade
        Det er ikke så farlig
        Farleg billig
        Det slo gnister mellom dem
        Brente mandler er best
        Jeg har brent meg på denne butikken før
        Pakken ble skadet
        Fyr på peisen, og koppen er perfekt
        Jeg jobber på sykehuset og bruker den hver dag
        Pakken er på avveie
        Der stod det noe annet
        Han skar seg ut fra mengden
        Dronen gikk i lufta på første forsøk
        Jeg kommer til å anmelde dere på Google
    """,
    "bg": """
        Избухна скандал
        Избухнахме в смях
        Светна и се запали лампичката
        Гръмна партито
        Експлозия от вкусове
        Мъжът ми пуши до прозореца
        Изгорих вечерята
        Изгаряне на калории
        Опарих се с тази фирма
        Опасно вкусно
        Не е опасно
        Опасно за портфейла
        Задавих се от смях
        Работя в болница и ги нося всеки ден
        Дръжката на съда падна
        Искри в очите на детето
        Капачката изтече в чантата
        Отровно зелено, точно както исках
        Крушката изгоря
        Свещта се запали от първия път
        Купих я заради цвета на кожата
    """,
    "id": """
        Lagunya meledak di TikTok
        Penjualannya meledak tahun ini
        Kepalaku mau meledak nunggu kurir
        Filmnya meledak
        Kalori terbakar banyak
        Terbakar semangat lihat hasilnya
        Pada kebakaran jenggot
        Bahaya banget enaknya
        Bahaya buat dompet
        Gak bahaya kok
        Keracunan TikTok nih, jadi beli
        Tokonya dekat rumah sakit
        Botolnya bocor di tas
        Menuntut ilmu sambil ngopi
        Awas ada polisi tidur
        Bakso masih berasap, mantap
        Paket data internet habis
        Warnanya abu-abu asap
        Pesanan orang lain yang datang
        Cocok karena warna kulit saya gelap
        Ada api unggun di kemahnya
    """,
    "hu": """
        Füstölt sajt és füstölt kolbász
        Kigyulladt a kis lámpa, működik
        Felrobbantotta az internetet
        Az eladások felrobbantak
        Megégett a pizza
        Megsérült a csomag
        Szikrázó napsütésben próbáltam ki
        Veszélyesen finom
        Nem veszélyes
        Veszélyes a pénztárcámra
        Megrázott a film
        Kiszivárgott a folyadék
        Kiszivárgott képek az új modellről
        Elnézést a zaklatásért
        Majdnem meghaltam a nevetéstől
        Kórházban dolgozom, egész nap hordom
        Rendőrségi krimi a polcon
        Vérzik a szívem
        Füstszürke színben kértem
        Lemerült az akku
        Kiégett az izzó
        Bőrszínű felső, nagyon puha
        Feljelentkeztem a hírlevélre
        Meggyulladt a gyertya elsőre
    """,
}


def cases(texts: dict[str, str]) -> list[tuple[str, str]]:
    return [(text.strip(), language) for language, said in texts.items() for text in said.strip().splitlines()]


@pytest.mark.parametrize(("text", "language"), cases(URGENT))
def test_what_a_brand_must_hear_at_once_is_urgent(text: str, language: str) -> None:
    assert phrases("urgent", language).found_in(Folded(text))
    assert phrases("urgent", "und").found_in(Folded(text)), "whatever language it is taken for"


@pytest.mark.parametrize(("text", "language"), cases(HARMLESS))
def test_what_only_sounds_like_it_is_not(text: str, language: str) -> None:
    assert phrases("urgent", language).found_in(Folded(text)) == []


@pytest.mark.parametrize("text", ["Vi havnet på legevakten", "Kontoen min er hacket", "Glassbit i maten"])
@pytest.mark.parametrize("language", ["da", "sv"])
def test_a_short_norwegian_text_is_urgent_though_taken_for_a_neighbours(text: str, language: str) -> None:
    assert phrases("urgent", language).found_in(Folded(text))


@pytest.mark.parametrize(
    "text", ["I love this brand", "Der stod 499 på siden", "Remmen røg efter en uge", "Remmen rök"]
)
@pytest.mark.parametrize("language", ["da", "sv", "und"])
def test_a_language_taken_for_its_neighbour_makes_nothing_urgent(text: str, language: str) -> None:
    assert phrases("urgent", language).found_in(Folded(text)) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the lid came off", ["lid came off"]),
        ("the LID nearly  came\nloose", ["LID nearly came loose"]),
        ("the lid only just came off", []),
        ("the cap fell off", ["cap fell off"]),
        ("the lid came apart", []),
        ("a good lid came off", []),
        ("the lid never came off, the cap never fell off", []),
        ("never a lid came off", []),
    ],
)
def test_listed_phrases_know_alternatives_and_words_that_may_be_absent(text: str, found: list[str]) -> None:
    listed = Phrases.listed(["lid/cap *? came/fell off/loose"], ["good lid", "never came/fell off"])
    assert listed.found_in(Folded(text)) == found


def test_in_a_teams_own_phrases_only_a_star_has_a_meaning() -> None:
    own = Phrases.of(["24/7", "why? not", "wobbl*", "*gate"])
    assert own.found_in(Folded("open 24/7, a wobbly lid, lidgate")) == ["24/7", "wobbly", "lidgate"]
    assert own.found_in(Folded("24 or 7, why not, not")) == []
    assert verdict_words("sparks joy", Flagging(urgent_phrases=("sparks joy",))) == "sparks joy"


def verdict_words(text: str, rules: Flagging) -> str:
    reading = Reading("en", Label.NEUTRAL, 0.0, 0.9, "test", "1")
    heard = Heard(text=text, about_brand=True)
    return judge(heard, reading, Brand(name="Fjellkopp"), rules, datetime(2026, 3, 4, tzinfo=UTC)).reasons[0].detail


@pytest.mark.parametrize("said", ["data" + " " * 100_000, "data my " * 12_000, "data" * 25_000, "on fire " * 12_000])
def test_a_text_made_to_be_slow_is_not(said: str) -> None:
    before = time.process_time()
    phrases("urgent", "und").found_in(Folded(said))
    assert time.process_time() - before < 5


def test_every_listed_phrase_begins_and_ends_with_a_word() -> None:
    listed = tomllib.loads((files("triage") / "phrases.toml").read_text("utf-8"))
    for kind in ("complaint", "urgent", "harmless"):
        for said in (said for some in listed[kind].values() for said in some):
            assert not said.split()[-1].endswith("?"), said
            assert "" not in said.replace("?", "").replace(" ", "/").split("/"), said
            assert {*said.replace("?", "").split()} != {"*"}, said

"""What customers say in turns of speech: complaints, praise that is none, and what only sounds like a complaint."""

import pytest

from earful.values import Label, Passage
from sentiment.default import DefaultReader

COMPLAINTS = {
    "en": """
        Great, another crash. Love losing my work.
        Refund please. Waiting 3 weeks
        Great, thanks for nothing
        Love it when my parcel gets left in the rain
        I was charged twice for the same order
        Lovely, my seat is double booked again
        Thanks for ruining my birthday
        Arrived broken
        How hard can it be to answer an email?
        So the app logs me out every day now. Fantastic.
        I want my money back
        It's been a month, still waiting for a reply
        Oh great, another update that breaks everything
        Can someone please reply to my emails?
        Fantastic, you sent me the wrong size twice
        Wow. Another missed delivery
        Don't waste your money
        Anything but good
        Far from perfect
    """,
    "no": """
        Flott, nok en krasj. Elsker å miste arbeidet mitt.
        Takk for ingenting
        Supert, takk for ingenting
        Hvor blir det av pakken?
        Tredje mailen nå, og fortsatt ingen svar
        Bestillinga mi er avlyst
        Elsker hvordan appen tømmer batteriet
        Ikke noe svar på to uker
        Varene kom aldri, og ingen svarer meg
        Verste kundeservice jeg har opplevd
        Dei svarar aldri på telefonen
        Fortsatt ikke fått refusjon
        Pengene tilbake, takk. Har ventet i tre uker
        Elsker når toget er innstilt
        Nydelig, appen er nede igjen
        Akkurat det jeg trengte, en bil som ikke starter
        Dette er ei dårleg løysing
        Håplaust
        Eg fekk feil vare, og kundeservice er heilt håplaus
        Jeg følte meg lurt av selgeren
        Dere har trukket meg to ganger for samme ordre
        Appen kræsjer hele tiden
        Kundeservice la på røret
    """,
    "bg": """
        Чудесно, пак се срина. Обожавам да си губя работата.
        Благодаря за нищо
        Страхотно, благодаря за нищото
        Къде ми е пратката?
        Анулирахте ми резервацията
        Телефонът им не вдига никой
        Приложението отново не се отваря
        Не работи
        Никой не вдига телефона
        Кога ще ми върнете парите?
        Обещаха да се обадят и нищо
        Пристигна счупено
        Куриерът изобщо не се появи
        Искам си парите обратно. Чакам три седмици
        Две седмици без отговор
        Точно това ми трябваше, развален телефон
        Далеч от перфектно
        Резил
        Затвориха ми телефона
    """,
    "id": """
        Bagus, crash lagi. Suka banget kehilangan kerjaan saya.
        Makasih ya, nggak guna
        Hebat, terima kasih untuk tidak apa-apa
        Paket belum sampai juga
        Barang tidak pernah sampai
        Barangnya gak dateng-dateng
        Hebat, transaksinya gagal lagi
        Pesanan dibatalkan sepihak
        Refund saya mana
        Uang saya ditarik dua kali
        Mantap, listrik mati lagi
        Kurirnya tidak pernah datang
        Gak ada jawaban dari kemarin
        Keren, telat lagi
        Pesanan saya dicancel tanpa alasan
        Telepon tidak pernah diangkat
        Telepon nggak diangkat, email nggak dibalas
        Aplikasinya force close terus
        Ga worth it
        Terima kasih sudah membuang waktu saya
    """,
    "hu": """
        Remek, megint összeomlott. Imádom elveszíteni a munkámat.
        Köszönöm a semmit
        Szuper, kösz a semmit
        Lemondtátok a foglalásomat
        Imádom, ahogy az app lemeríti az akksit
        Nagyszerű, megint késik a vonat
        Az alkalmazás nem nyílik meg
        Nem működik
        Kétszer vonták le az összeget
        Két nap után elromlott
        Gratulálok, megint elvesztettétek a csomagom
        Hol van a csomagom?
        Senki nem veszi fel
        Harmadik email és még mindig semmi
        Csodás, megint nincs áram
        A legrosszabb ügyfélszolgálat
        Nem vált be
        Rám tették a telefont
    """,
    "da": """
        Fedt, endnu et nedbrud. Elsker at miste mit arbejde.
        Tak for ingenting
        Jeg vil have mine penge tilbage
        Gik i stykker efter en uge
        Værste kundeservice nogensinde
        Fantastisk, betalingen fejlede igen
    """,
    "sv": """
        Toppen, ännu en krasch. Älskar att förlora mitt arbete.
        Tack för ingenting
        Jag vill ha pengarna tillbaka
        Härligt, tåget är försenat igen
        Underbart, betalningen misslyckades igen
        Min beställning avbokades utan förvarning
    """,
    "de": """
        Toll, noch ein Absturz. Ich liebe es, meine Arbeit zu verlieren.
        Danke für nichts
        Ich will mein Geld zurück
        Ihr habt zweimal abgebucht
        Kam kaputt an
        Dritte Mail und immer noch nichts
    """,
    "es": """
        Genial, otro fallo. Me encanta perder mi trabajo.
        Gracias por nada
        Quiero que me devuelvan el dinero
        Cancelaron mi pedido sin avisar
        Estupendo, el tren llega tarde otra vez
        Qué bien, otra vez sin internet
    """,
    "fr": """
        Super, encore un bug. J'adore perdre mon travail.
        Merci pour rien
        Je veux être remboursé
        Troisième mail et toujours rien
        Arrivé cassé
        Magnifique, le paiement a encore échoué
    """,
    "pt": """
        Ótimo, mais uma falha. Adoro perder meu trabalho.
        Obrigado por nada
        Quero meu dinheiro de volta
        Me cobraram duas vezes
        Cobraram duas vezes
        Cancelaram meu pedido sem avisar
    """,
    "it": """
        Il pacco non è ancora arrivato e nessuno risponde
        Servizio pessimo, mai più
        Mi hanno addebitato due volte l'importo
        Ho pagato la spedizione rapida ed è arrivato dopo un mese, vergognoso
    """,
    "nl": """
        Mijn pakket is nog steeds niet aangekomen
        Wat een waardeloze klantenservice
        De app crasht elke keer, echt irritant
        Twee keer afgeschreven en niemand reageert
    """,
    "pl": """
        Paczka nie dotarła, nikt nie odbiera telefonu
        Najgorsza obsługa, nigdy więcej
        Zepsuło się po dwóch dniach
    """,
    "ru": """
        Посылка так и не пришла, никто не отвечает
        Ужасное обслуживание, больше никогда
        Приложение постоянно вылетает
        Сломался через два дня
        Отлично, опять не работает
    """,
    "tr": """
        Kargom hâlâ gelmedi, kimse cevap vermiyor
        Berbat bir hizmet, bir daha asla
        İki gün sonra bozuldu
    """,
    "uk": """
        Посилка так і не прийшла, ніхто не відповідає
        Жахливе обслуговування, більше ніколи
        Зламався через два дні
    """,
    "cs": """
        Balík nedorazil a nikdo neodpovídá
        Hrozný servis, už nikdy
    """,
    "ro": """
        Coletul nu a ajuns și nimeni nu răspunde
        Servicii groaznice, niciodată
        S-a stricat după două zile
    """,
    "el": """
        Το δέμα δεν έφτασε ποτέ και κανείς δεν απαντά
        Απαράδεκτη εξυπηρέτηση, ποτέ ξανά
        Χάλασε σε δύο μέρες
    """,
    "zh": """
        这个产品太差了，我要退款
        包裹还没到，客服也不理人
        用了两天就坏了，浪费钱
        等了三个星期，没有人回复我
        再也不会来了
    """,
    "ja": """
        荷物がまだ届かない、最悪です
        二日で壊れました。がっかりです
        対応がひどい。二度と使いません
        問い合わせても返信がない
    """,
}
NO_COMPLAINTS = {
    "en": """
        No complaints
        No complaints so far
        Refund came at once
        Awesome, problem solved, will order again
        Just what I needed
        Zero problems since I bought it
        Can't fault it
        Never any trouble with this bank
        Not a single issue in two years
        No issues whatsoever
        Can't recommend it enough
        I can't praise them enough
        It could not be better
        No better shop in town
        Never had a single problem with these boots
        I have zero regrets
        Wasn't disappointed
        My kids can't stop using it
        not too shabby for the price
        It never lets me down
        You won't regret it
        Killer deal
    """,
    "no": """
        Ingen problemer
        Aldri hatt problemer
        Ingenting å klage på
        Null problemer siden jeg kjøpte den
        Ingen trøbbel så langt
        Pakken kom en dag før tida
        Supert, nå virker det igjen
        Har ingenting negativt å si
        Fikk svar etter fem minutter
        Har aldri hatt trøbbel med denne banken
        Det var ei god oppleving
        Det var lurt å kjøpe to
        Har dere brannvarsler?
        Kunne ikke vært mer fornøyd
        Det kunne ikke vært bedre
        Ingen bedre butikk
        Angrer ikke et sekund
        Litt dyr, men verdt hver krone
        Det tok ikke lang tid før jeg fikk hjelp
    """,
    "bg": """
        Няма проблем
        Няма проблеми
        Никога не съм имал проблеми с тях
        Благодаря за всичко
        Браво, проблемът е решен
        Никога не са ме подвеждали
        Няма за какво да се оплача
        Нищо лошо не мога да кажа
        Парите бяха по сметката ми на следващия ден
        Без забележки
        Колко струва?
        Заслужава си, струва си парите
        Ужасно добър
        Не мога да се оплача
        Няма по-добър магазин
    """,
    "id": """
        Tidak ada masalah
        Gak ada masalah sama sekali
        Tidak ada keluhan
        Nggak nyesel beli di sini
        Ga pernah kecewa belanja di sini
        Tidak pernah ada masalah
        Langsung dijawab dalam lima menit
        Keren, masalahnya langsung beres
        Refund langsung masuk hari itu juga
        Mantap, bakal order lagi
        Tidak bisa lebih baik lagi
        Cara ganti filternya gimana?
        Gimana cara retur?
        Ga kapok belanja di sini
        Gak pernah ngecewain
        Nggak pernah ada masalah
    """,
    "hu": """
        Nincs vele gond
        Nincs vele semmi baj
        Soha nem volt vele probléma
        Nem volt gond
        Nem csalódtam
        Nem bántam meg
        Másnap a számlámon volt a pénz
        Egy nappal korábban megjött
        Eddig semmi gond nem volt
        Remek, megoldódott a probléma
        Nincs jobb bolt
        Panaszom nincs
        Nincs semmi panaszom
        Borzasztóan jó
        Soha nem volt gondom
        Egy percig sem bántam meg
        Nem is lehetne jobb
        Bevált
        Sosem hagyott cserben
    """,
    "da": """
        Ingen problemer
        Aldrig haft problemer
        Intet at klage over
        Lige hvad jeg havde brug for
        Fik svar efter fem minutter
        Fik pengene tilbage med det samme
    """,
    "sv": """
        Inga problem
        Aldrig haft några problem
        Inget att klaga på
        Precis vad jag behövde
        Fick pengarna tillbaka direkt
        Toppen, nu funkar det igen
    """,
    "de": """
        Keine Probleme
        Nie Probleme gehabt
        Kann mich nicht beschweren
        Hatte noch nie Ärger mit denen
        Nichts zu beanstanden
        Super, jetzt geht es wieder
    """,
    "es": """
        Ningún problema
        Nunca he tenido problemas
        Sin quejas
        Justo lo que necesitaba
        Genial, ya funciona otra vez
        Me devolvieron el dinero enseguida
    """,
    "fr": """
        Aucun problème
        Jamais eu de problème
        Rien à redire
        Exactement ce qu'il me fallait
        Remboursé tout de suite
        Je n'ai jamais eu d'ennui avec eux
    """,
    "pt": """
        Nenhum problema
        Nunca tive problemas
        Sem reclamações
        Não tenho do que reclamar
        Ótimo, já funciona de novo
        Nunca me deixaram na mão
    """,
    "it": """
        Spedizione velocissima, prodotto come descritto
        Non è male per il prezzo
        Mai avuto problemi con questo negozio
        Il negozio apre alle nove
    """,
    "nl": """
        Niet slecht voor deze prijs
        Nooit problemen gehad, aanrader
        Snelle levering en vriendelijk personeel
        De winkel gaat om negen uur open
    """,
    "pl": """
        Nie jest źle
        Szybka dostawa, polecam
        Sklep otwierają o dziewiątej
    """,
    "ru": """
        Неплохо за свои деньги
        Быстрая доставка, рекомендую
        Никогда не было проблем
        Магазин открывается в девять
    """,
    "tr": """
        Fiyatına göre fena değil
        Hızlı kargo, tavsiye ederim
        Hiç sorun yaşamadım
        Mağaza dokuzda açılıyor
    """,
    "uk": """
        Непогано за свої гроші
        Швидка доставка, рекомендую
        Ніколи не було проблем
    """,
    "cs": """
        Za tu cenu to není špatné
        Rychlé doručení, doporučuji
        Nikdy jsem neměl problém
    """,
    "ro": """
        Nu e rău la prețul ăsta
        Livrare rapidă, recomand
        Nu am avut probleme niciodată
    """,
    "el": """
        Δεν είναι κακό για την τιμή του
        Γρήγορη παράδοση, το συνιστώ
        Ποτέ πρόβλημα με αυτούς
    """,
    "zh": """
        非常好，我很喜欢
        物流很快，推荐购买
        没有问题，一切正常
        商店九点开门
        质量不错，值得买
    """,
    "ja": """
        とても良いです、ありがとう
        すぐに届いて、満足しています
        店は九時に開きます
        特に問題ありません
        値段の割に悪くない
    """,
}


def labels(code, said):
    """The label of each line."""
    texts = [line.strip() for line in said.strip().split("\n")]
    readings = DefaultReader().read([Passage(text, code) for text in texts])
    return {text: one.label for text, one in zip(texts, readings, strict=True)}


@pytest.mark.parametrize("code", COMPLAINTS)
def test_complaints_are_negative_however_they_are_put(code):
    told = labels(code, COMPLAINTS[code])
    assert [text for text, label in told.items() if label != Label.NEGATIVE] == []


@pytest.mark.parametrize("code", COMPLAINTS)
def test_what_only_sounds_like_a_complaint_is_not_negative(code):
    told = labels(code, NO_COMPLAINTS[code])
    assert [text for text, label in told.items() if label == Label.NEGATIVE] == []


@pytest.mark.parametrize("rating", [None, 1.0])
def test_thanks_for_nothing_is_negative_with_a_star_and_without(rating):
    [one] = DefaultReader().read([Passage("Great, thanks for nothing", rating=rating)])
    assert one.label == Label.NEGATIVE


def test_praise_before_a_complaint_with_again_is_shown_as_what_it_is():
    [ironic, plain] = DefaultReader().read(
        [Passage("Super, the payment failed again", "en"), Passage("Super, the payment worked again", "en")]
    )
    assert ironic.evidence[0].text == plain.evidence[0].text == "Super"
    assert ironic.evidence[0].weight < 0 < plain.evidence[0].weight


@pytest.mark.parametrize(
    "text", ["Super! But the payment failed again", "The super payment failed again", "Super payment failed once"]
)
def test_praise_that_is_not_an_exclamation_or_is_followed_by_but_stays_praise(text):
    [one] = DefaultReader().read([Passage(text, "en")])
    [praise] = [found for found in one.evidence if found.text.lower() == "super"]
    assert praise.weight > 0


def test_a_brand_s_own_word_of_several_signs_counts_and_is_shown_whole():
    [one] = DefaultReader(lexicon={"给力": 3}).read([Passage("这个店 真给力", "zh")])
    [shown] = [found for found in one.evidence if found.code == "phrase"]
    assert (one.label, shown.text, shown.start) == (Label.POSITIVE, "给力", 5)

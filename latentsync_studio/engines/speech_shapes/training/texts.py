# ruff: noqa: RUF001 - the words are in their own scripts
"""Random sentences for synthesis: common words of many languages and made-up words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

COMMON = {
    "en": "the a of and to in is you that it he was for on are as with his they at be this have"
    " from or one had by word but not what all were we when your can said there use each"
    " which she do how their if will up other about out many then them these so some her"
    " would make like him into time has look two more write go see number way could"
    " people my than first water been call who oil its now find long down day did get"
    " come made may part maybe problem simple people baby mother bubble apple member"
    " happy summer number remember people above below love voice leaf half five very over"
    " never view fish wish shoe measure church judge yes year use",
    "de": "der die das und ist nicht ich du er sie wir haben sein mit auf für von aber oder"
    " wenn mehr Mann Frau Kind Baum Apfel bitte danke morgen heute immer sprechen fünf"
    " zwölf schön über Wasser Brot Stimme Mutter Bruder Pferd Papier Lampe kommen gehen"
    " machen leben Woche Jahr",
    "fr": "le la les un une et est pas je tu il nous vous avec pour dans sur mais plus bonjour"
    " merci monde femme homme enfant petit beau bleu jour nuit pain peu tout rue lune vie"
    " main bon vin pomme chambre maman papa problème simple ouvrir voix feu jamais"
    " toujours aujourd'hui",
    "es": "el la los un una y es no yo tú con para por en pero más hola gracias mundo mujer"
    " hombre niño bueno blanco día noche pan mesa pueblo vivir beber hablar mamá papá"
    " problema siempre nunca tiempo agua fuego perro amigo llamar joven hijo jamón mejor"
    " también",
    "it": "il la un una e è non io tu con per in ma più ciao grazie mondo donna uomo bambino"
    " buono bianco giorno notte pane mamma papà problema sempre mai tempo acqua fuoco"
    " amico gli figlio",
    "pt": "o a um uma e é não eu tu com para em mas mais olá obrigado mundo mulher homem menino"
    " bom branco dia noite pão mãe pai problema sempre nunca tempo água fogo amigo filho"
    " também",
    "nl": "de het een en is niet ik jij hij wij met op voor van maar meer man vrouw kind boom"
    " appel alstublieft morgen vandaag altijd spreken vijf water brood stem moeder paard"
    " lamp komen",
    "pl": "i nie jest to na się w z że do jak ale co po tak o być mam pan pani dom mama woda"
    " chleb dzień noc dobry proszę dziękuję przepraszam pięć szkoła życie zawsze człowiek"
    " mówić babcia",
    "ru": "и в не на я быть он с что а по это она этот к но они мы весь который из у который то"
    " за свой весь год от так о для ты же все тот мочь вы человек такой его сказать мама"
    " папа баба вода хлеб дом время жизнь день рука раз работа слово место лицо друг",
    "cs": "a je se na v že to s z do o by ale jako za tak po být máma táta voda chleba den noc"
    " dobrý prosím děkuji pět škola život vždy člověk mluvit babička příběh řeka",
    "tr": "bir ve bu için ile çok ne daha ben sen o biz su ekmek gün gece iyi lütfen teşekkür"
    " beş okul hayat her zaman insan konuşmak baba anne büyük küçük şimdi yüz göz",
    "fi": "ja on ei se että hän minä sinä me vesi leipä päivä yö hyvä kiitos viisi koulu elämä"
    " aina ihminen puhua äiti isä pieni suuri nyt mies poika tyttö",
    "sv": "och att det i på en är som för med jag du han vi vatten bröd dag natt god tack fem"
    " skola liv alltid människa tala mamma pappa stor liten nu sjö",
    "el": "και το να η ο είναι δεν με για που καλημέρα σας πως είστε σήμερα μια όμορφη μέρα"
    " πάμε βόλτα πάρκο μαζί φίλους μας νερό ψωμί μητέρα πατέρας μπαμπάς πάντα φωνή ζωή"
    " χρόνος παιδί βιβλίο",
    "ja": "わたし は まいにち がっこう に いきます そして ともだち と ほん を よみます きょう"
    " とても いい てんき です みず パン はは ちち まだ もう ばんごはん たべます のみます"
    " ふね びょういん むかし",
    "hi": "नमस्ते आप कैसे हैं आज मौसम बहुत अच्छा है हम बाहर घूमने जा सकते मेरा नाम राम पानी माँ"
    " बाप भाई बहन फूल किताब पढ़ना लिखना बोलना समय जीवन पाँच सब",
    "cmn": "你好 今天 天气 很好 我们 一起 去 公园 吧 妈妈 爸爸 朋友 不 没有 明白 苹果 面包 水 火"
    " 学校 时间 生活 永远 说话 非常 谢谢 请 五 飞机",
    "ko": "안녕하세요 오늘 날씨 가 아주 좋습니다 우리 는 공원 에 갑니다 엄마 아빠 물 빵 밥 학교"
    " 시간 사람 말하다 고맙습니다 비 바람 봄",
    "ar": "مرحبا كيف حالك اليوم من في على هذا أن لا ما كان باب ماء خبز أم أب بيت كتاب مدرسة وقت"
    " حياة دائما شمس قمر فيل",
}
"""Typed by us: everyday words, with lip sounds over-represented."""

TRAINED = (
    "en-us", "en-gb", "de", "fr-fr", "es", "it", "pt-br", "nl", "pl", "cs", "fi", "sv", "tr", "hu",
    "id", "ro", "da", "hr", "sw", "vi", "ru", "cmn", "ko", "ar",
)  # fmt: skip
HELD_OUT = ("el", "ja", "hi")
TRAINED_VARIANTS = (
    "", "m1", "m3", "m4", "m6", "m8", "f1", "f2", "f4", "klatt", "klatt3", "klatt4", "Andy",
    "Annie", "Gene", "Lee", "Michael", "Alicia", "Marco", "adam", "aunty", "boris", "david",
    "linda", "steph", "victor", "zac", "max", "paul", "norbert", "anika", "ed", "shelby", "travis",
)  # fmt: skip
HELD_OUT_VARIANTS = (
    "m2", "m5", "m7", "f3", "f5", "klatt2", "Alex", "Denis", "john", "belinda", "pedro",
)  # fmt: skip

_ONSETS = (
    "", "p", "b", "m", "p", "b", "m", "f", "v", "t", "d", "n", "s", "z", "k", "g", "l", "r", "w",
    "h", "j", "sh", "ch", "pl", "br", "tr", "sp", "st", "sm", "fl", "gr", "kr", "th", "bl", "pr",
)  # fmt: skip
_NUCLEI = ("a", "e", "i", "o", "u", "a", "o", "ai", "au", "ei", "oo", "ee", "ou", "ia")
_CODAS = ("", "", "", "n", "m", "p", "b", "t", "s", "l", "r", "k", "f", "v", "mp", "st", "nd")


def sentence(language: str, random: np.random.Generator) -> str:
    """Make a sentence of 4 to 14 words; made-up words only where the script is Latin."""
    words = COMMON.get(language.partition("-")[0], "").split()
    latin = not words or words[0].isascii() or words[0][0] < "ɐ"
    made_up = 0.0 if not latin else 0.6 if words else 1.0
    picked = [
        _made_up(random) if random.random() < made_up else str(random.choice(words))
        for _ in range(int(random.integers(4, 15)))
    ]
    text = " ".join(w + ("," if random.random() < 0.12 else "") for w in picked)
    return text.rstrip(",") + str(random.choice([".", ".", "?", "!"]))


def _made_up(random: np.random.Generator) -> str:
    syllables = [
        str(random.choice(_ONSETS)) + str(random.choice(_NUCLEI))
        for _ in range(random.integers(1, 4))
    ]
    return "".join(syllables) + str(random.choice(_CODAS))

"""The words of time by language, and the names of zones.

The tables are ours: months, weekdays and set phrases of each language, with the inflections that follow a preposition.
A language that is not here is read by its numbers alone (ISO stamps, numeric dates, clocks, UTC).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Shift = tuple[str, int]  # a unit (day, week, month, year, ...) and how many of them from the anchor


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # hashed by identity: its patterns are cached
class Words:
    """What one language says. Plain strings are alternations of a regular expression, matched without case.

    `months` and `weekdays` map a form to 1..12 and 0..6 (Monday is 0); the `short_` forms count only beside a number.
    `days` are days from publication, `told` days from the day told last, `told_parts` with a part of it, `periods` a
    unit and its shift. `portions` are parts of a unit in minutes ("half an hour"), `steps` what words before an hour
    add to it in minutes ("a quarter past").
    `terms` are quarters, halves and seasons of a year with their first and last month.
    `lead` are the words that make a lone month or year a time, `weak` those that do so only at the end of a range.
    `ago`, `later`, `earlier` and `past` hold `{n}` and `{unit}`.
    `capital` says that months and weekdays are written so.
    `counted` behind a number of four digits says that it is an amount and no year.
    `at` stands before an hour that is written without minutes; `say` before a day that dates a statement, not a fact.
    """

    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    short_months: Mapping[str, int] = field(default_factory=dict)
    short_weekdays: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, int] = field(default_factory=dict)
    nights: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    told: Mapping[str, int] = field(default_factory=dict)
    told_parts: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    periods: Mapping[str, Shift] = field(default_factory=dict)
    units: Mapping[str, str] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)
    portions: Mapping[str, int] = field(default_factory=dict)
    clocks: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)
    lead: str = "in"
    weak: str = "to"
    until: str = "to"
    pair: str = "and"
    between: str = "between"
    of: str = "of"
    year: str = ""
    glue: str = "at|on"
    approx: str = "around"
    before: str = "last"
    after: str = "next"
    ago: str = "{n} {unit} ago"
    later: str = "{n} {unit} later"
    earlier: str = "{n} {unit} earlier"
    past: str = "the past {n} {unit}"
    mods: Mapping[str, str] = field(default_factory=dict)
    terms: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    at: str = "at"
    hour: str = ""
    local: str = "local time"
    time: str = "time"
    say: str = ""
    future: str = ""
    counted: str = ""
    ordinal: str = ""
    capital: bool = False


def _numbered(names: str, first: int = 1) -> dict[str, int]:
    """`a/b c` -> {a: first, b: first, c: first + 1}."""
    return {form: n for n, forms in enumerate(names.split(), first) for form in forms.split("/")}


def _unit_forms(**forms: str) -> dict[str, str]:
    return {form: unit for unit, text in forms.items() for form in text.split("/")}


ENGLISH = Words(
    months=_numbered("January February March April May June July August September October November December"),
    short_months=_numbered("Jan Feb Mar Apr May Jun Jul Aug Sept/Sep Oct Nov Dec"),
    weekdays=_numbered("Monday Tuesday Wednesday Thursday Friday Saturday Sunday", 0),
    short_weekdays=_numbered("Mon Tue/Tues Wed Thu/Thur/Thurs Fri Sat Sun", 0),
    parts={
        "early morning": "early",
        "early hours": "early",
        "small hours": "early",
        "morning": "morning",
        "afternoon": "afternoon",
        "evening": "evening",
        "night": "night",
    },
    days={"today": 0, "yesterday": -1, "tomorrow": 1, "the day before yesterday": -2},
    nights={
        "tonight": (0, "night"),
        "last night": (-1, "night"),
        "this morning": (0, "morning"),
        "this afternoon": (0, "afternoon"),
        "this evening": (0, "evening"),
    },
    told={
        "the next day": 1,
        "the following day": 1,
        "a day later": 1,
        "one day later": 1,
        "the day after": 1,
        "the day before": -1,
        "the previous day": -1,
        "the same day": 0,
        "that day": 0,
        "a day earlier": -1,
        "one day earlier": -1,
    },
    told_parts={
        f"{which} {part}": (days, part)
        for which, days in (
            ("the next", 1),
            ("the following", 1),
            ("the same", 0),
            ("that", 0),
            ("that same", 0),
            ("the previous", -1),
        )
        for part in ("morning", "afternoon", "evening", "night")
    },
    periods={
        "last week": ("week", -1),
        "this week": ("week", 0),
        "next week": ("week", 1),
        "last month": ("month", -1),
        "this month": ("month", 0),
        "next month": ("month", 1),
        "last year": ("year", -1),
        "this year": ("year", 0),
        "next year": ("year", 1),
        "in the last week": ("past-week", 1),
        "in the past week": ("past-week", 1),
        "over the past week": ("past-week", 1),
        "over the last week": ("past-week", 1),
        "last weekend": ("weekend", 0),
        "over the weekend": ("weekend", 0),
        "at the weekend": ("weekend", 0),
    },
    units=_unit_forms(
        second="second/seconds",
        minute="minute/minutes",
        hour="hour/hours",
        day="day/days",
        week="week/weeks",
        month="month/months",
        year="year/years",
    ),
    numbers=_numbered("a/an/one two three four five six seven eight nine ten eleven twelve"),
    portions={
        "half an hour": 30,
        "a quarter of an hour": 15,
        "three quarters of an hour": 45,
        "an hour and a half": 90,
    },
    clocks={"noon": 12, "midday": 12, "midnight": 0, "12 noon": 12, "12 midnight": 0},
    steps={
        "half past": 30,
        "a quarter past": 15,
        "quarter past": 15,
        "a quarter to": -15,
        "quarter to": -15,
        "five past": 5,
        "ten past": 10,
        "twenty past": 20,
    },
    lead="in|since|during|by|until|till|from|before|after|between|as of|of|through|throughout|for",
    weak="to|and|through|until",
    until="to|until|till|through",
    pair="and",
    of="of|in",
    glue="at|on|of|in|the|from|since|by|until|and|between|beginning|starting|early|late",
    approx="around|about|approximately|roughly|nearly|almost|shortly after|shortly before|just after|just before|circa",
    before="last|past|previous",
    after="next|coming",
    ago="{n} {unit} ago",
    earlier="{n} {unit} (?:earlier|before(?: (?:that|this)\\b)?)",
    later="{n} {unit}(?: later| afterwards?| after (?:that|this)\\b|(?= after (?:it|they)\\b))",
    past="(?:in|over|during|for|within) the (?:past|last|previous) {n} {unit}",
    mods={
        "early": "early",
        "late": "late",
        "mid": "mid",
        "the end of": "late",
        "the beginning of": "early",
        "the start of": "early",
        "the middle of": "mid",
    },
    terms={
        "first quarter": (1, 3),
        "second quarter": (4, 6),
        "third quarter": (7, 9),
        "fourth quarter": (10, 12),
        "Q1": (1, 3),
        "Q2": (4, 6),
        "Q3": (7, 9),
        "Q4": (10, 12),
        "first half": (1, 6),
        "second half": (7, 12),
        "spring": (3, 5),
        "summer": (6, 8),
        "autumn": (9, 11),
        "fall": (9, 11),
    },
    local="local time|local",
    time="time",
    say="said|says|told|wrote|reported|posted|announced|tweeted|confirmed|according to|statement|published",
    future="will|would|shall|plans?|planned|expect(?:s|ed)?|scheduled|should|due|going to",
    counted=r"percent|per cent|people|km|miles|million|thousand|(?!(?:was|has|this|its|as|is|plus)\b)[a-z]{3,}s\b",
    ordinal="st|nd|rd|th",
    capital=True,
)

FRENCH = Words(
    months=_numbered(
        "janvier février/fevrier mars avril mai juin juillet août/aout septembre octobre novembre décembre/decembre"
    ),
    short_months=_numbered("janv févr/fev mars avr mai juin juil août sept oct nov déc"),
    weekdays=_numbered("lundi mardi mercredi jeudi vendredi samedi dimanche", 0),
    parts={
        "matin": "morning",
        "matinée": "morning",
        "après-midi": "afternoon",
        "soir": "evening",
        "soirée": "evening",
        "nuit": "night",
    },
    days={"aujourd'hui": 0, "aujourd’hui": 0, "hier": -1, "avant-hier": -2, "demain": 1},
    nights={
        "hier soir": (-1, "evening"),
        "ce matin": (0, "morning"),
        "ce soir": (0, "evening"),
        "cette nuit": (0, "early"),
    },
    told={"le lendemain": 1, "le jour suivant": 1, "la veille": -1, "le même jour": 0, "ce jour-là": 0},
    periods={
        "la semaine dernière": ("week", -1),
        "cette semaine": ("week", 0),
        "la semaine prochaine": ("week", 1),
        "le mois dernier": ("month", -1),
        "ce mois-ci": ("month", 0),
        "le mois prochain": ("month", 1),
        "l'an dernier": ("year", -1),
        "l’an dernier": ("year", -1),
        "l'année dernière": ("year", -1),
        "l’année dernière": ("year", -1),
        "cette année": ("year", 0),
        "l'an prochain": ("year", 1),
        "l'année prochaine": ("year", 1),
        "le week-end dernier": ("weekend", 0),
    },
    units=_unit_forms(
        second="seconde/secondes",
        minute="minute/minutes",
        hour="heure/heures",
        day="jour/jours",
        week="semaine/semaines",
        month="mois",
        year="an/ans/année/années",
    ),
    numbers=_numbered("un/une deux trois quatre cinq six sept huit neuf dix onze douze"),
    clocks={"midi": 12, "minuit": 0},
    lead="en|depuis|dès|avant|après|courant|jusqu'en|jusqu’en|entre|fin|début|de|d'|d’|à partir de",
    weak="à|et|et en",
    until="à|au|jusqu'à|jusqu’à|jusqu'au",
    pair="et",
    between="entre",
    of="de|du",
    glue="à|au|le|la|du|de|en|dans|vers|dès|depuis|et|les",
    approx="vers|environ|aux environs de|aux alentours de|peu après|peu avant|autour de|près de",
    before="dernier|dernière|passé",
    after="prochain|prochaine",
    ago="il y a {n} {unit}",
    earlier="{n} {unit} (?:plus tôt|auparavant)",
    later="{n} {unit} (?:plus tard|après)",
    past="(?:ces|les|au cours des) {n} (?:derniers|dernières) {unit}",
    mods={"début": "early", "fin": "late", "mi": "mid"},
    terms={
        "premier trimestre": (1, 3),
        "deuxième trimestre": (4, 6),
        "troisième trimestre": (7, 9),
        "quatrième trimestre": (10, 12),
        "premier semestre": (1, 6),
        "second semestre": (7, 12),
        "printemps": (3, 5),
        "été": (6, 8),
        "automne": (9, 11),
    },
    at="à|vers|dès|depuis|jusqu'à|jusqu’à|avant|après",
    hour=r"h|heures?",
    local="heures? locales?",
    time="heures?",
    say="a dit|a déclaré|a indiqué|a annoncé|a écrit|a confirmé|selon|a rapporté",
    future="sera|seront|devrait|devraient|prévue?s?",
    counted=r"km|kilomètres|millions|(?!(?:dans|plus|mais|puis|sous|alors|après)\b)[a-zéèêàç]{4,}[sx]\b",
    ordinal="er",
)

RUSSIAN = Words(
    months=_numbered(
        "январь/января/январе февраль/февраля/феврале март/марта/марте апрель/апреля/апреле май/мая/мае "
        "июнь/июня/июне июль/июля/июле август/августа/августе сентябрь/сентября/сентябре "
        "октябрь/октября/октябре ноябрь/ноября/ноябре декабрь/декабря/декабре"
    ),
    short_months=_numbered("янв фев мар апр мая июн июл авг сен/сент окт ноя дек"),
    weekdays=_numbered(
        "понедельник/понедельника/понедельнику вторник/вторника/вторнику среда/среду/среды/среде "
        "четверг/четверга/четвергу пятница/пятницу/пятницы/пятнице суббота/субботу/субботы/субботе "
        "воскресенье/воскресенья/воскресенью",
        0,
    ),
    parts={
        "утром": "morning",
        "утра": "morning",
        "днем": "afternoon",
        "днём": "afternoon",
        "вечером": "evening",
        "вечера": "evening",
        "ночью": "early",
        "ночи": "early",
    },
    days={"сегодня": 0, "вчера": -1, "позавчера": -2, "завтра": 1},
    told={"на следующий день": 1, "накануне": -1, "в тот же день": 0, "днём ранее": -1, "днем ранее": -1},
    periods={
        "на прошлой неделе": ("week", -1),
        "на этой неделе": ("week", 0),
        "на следующей неделе": ("week", 1),
        "в прошлом месяце": ("month", -1),
        "в этом месяце": ("month", 0),
        "в следующем месяце": ("month", 1),
        "в прошлом году": ("year", -1),
        "в этом году": ("year", 0),
        "в следующем году": ("year", 1),
        "прошлого года": ("year", -1),
        "в минувшие выходные": ("weekend", 0),
    },
    units=_unit_forms(
        second="секунду/секунды/секунд",
        minute="минуту/минуты/минут",
        hour="час/часа/часов",
        day="день/дня/дней/сутки/суток",
        week="неделю/недели/недель",
        month="месяц/месяца/месяцев",
        year="год/года/лет",
    ),
    numbers=_numbered("один/одну два/две три четыре пять шесть семь восемь девять десять"),
    clocks={"полдень": 12, "полночь": 0},
    lead="в|во|с|со|до|после|к|около|начиная с|между",
    weak="по|и|до",
    until="до|по",
    pair="и",
    between="между|с",
    of="",
    year=r"(?:год[уае]?|годах|годами|г\.|гг\.)",
    glue="в|во|на|с|со|до|к|около|и",
    approx="около|примерно|приблизительно|порядка|ориентировочно|вскоре после|сразу после",
    before="прошл[а-я]{2,3}|минувш[а-я]{2,3}",
    after="следующ[а-я]{2,3}|ближайш[а-я]{2,3}",
    terms={
        "первом квартале": (1, 3),
        "втором квартале": (4, 6),
        "третьем квартале": (7, 9),
        "четвертом квартале": (10, 12),
        "четвёртом квартале": (10, 12),
        "весной": (3, 5),
        "летом": (6, 8),
        "осенью": (9, 11),
    },
    ago="{n} {unit} назад",
    earlier="{n} {unit} ранее",
    later="(?:через {n} {unit}|{n} {unit} спустя)",
    past="за последни[а-я] {n} {unit}",
    mods={"начале": "early", "конце": "late", "середине": "mid", "начала": "early", "конца": "late", "середины": "mid"},
    at="в|около|с|до|после",
    hour=r"час(?:а|ов)?",
    local="по местному времени|местного времени",
    time="времени|время",
    say="сообщил[аио]?|заявил[аио]?|написал[аио]?|рассказал[аио]?",
    future="будет|будут|планируе?т|ожидается|должн[аыо]",
    counted=r"км|процент|[а-я]{2,}(?:ов|ей|ах|ях|ам)\b",
)

GERMAN = Words(
    months=_numbered("Januar/Jänner Februar März April Mai Juni Juli August September Oktober November Dezember"),
    short_months=_numbered("Jan Feb Mrz Apr Mai Jun Jul Aug Sep/Sept Okt Nov Dez"),
    weekdays=_numbered("Montag Dienstag Mittwoch Donnerstag Freitag Samstag/Sonnabend Sonntag", 0),
    parts={
        "morgen": "morning",
        "vormittag": "morning",
        "nachmittag": "afternoon",
        "abend": "evening",
        "nacht": "night",
        "früh": "morning",
    },
    days={"heute": 0, "gestern": -1, "vorgestern": -2},
    told={"am nächsten tag": 1, "am folgenden tag": 1, "tags darauf": 1, "am tag zuvor": -1, "am selben tag": 0},
    periods={
        "letzte woche": ("week", -1),
        "vergangene woche": ("week", -1),
        "diese woche": ("week", 0),
        "nächste woche": ("week", 1),
        "letzten monat": ("month", -1),
        "vergangenen monat": ("month", -1),
        "letztes jahr": ("year", -1),
        "vergangenes jahr": ("year", -1),
        "im vergangenen jahr": ("year", -1),
        "im letzten jahr": ("year", -1),
        "dieses jahr": ("year", 0),
        "nächstes jahr": ("year", 1),
    },
    units=_unit_forms(
        minute="Minute/Minuten",
        hour="Stunde/Stunden",
        day="Tag/Tage/Tagen",
        week="Woche/Wochen",
        month="Monat/Monate/Monaten",
        year="Jahr/Jahre/Jahren",
    ),
    numbers=_numbered("ein/eine/einen/einem/einer zwei drei vier fünf sechs sieben acht neun zehn"),
    clocks={"mitternacht": 0},
    lead="im|in|seit|ab|bis|vor|nach|im jahr|im jahre|zwischen|von|ende|anfang",
    weak="und|bis",
    until="bis|bis zum",
    pair="und",
    between="zwischen",
    of="",
    glue="um|am|an|dem|den|der|im|in|gegen|ab|seit|bis|und|zwischen",
    approx="gegen|etwa|ungefähr|circa|rund|kurz nach|kurz vor|ca\\.",
    before="letzte[nrsm]?|vergangene[nrsm]?|vorige[nrsm]?",
    after="nächste[nrsm]?|kommende[nrsm]?",
    ago="vor {n} {unit}",
    earlier="{n} {unit} (?:zuvor|früher)",
    later="{n} {unit} später",
    past="in den (?:letzten|vergangenen) {n} {unit}",
    mods={"anfang": "early", "ende": "late", "mitte": "mid"},
    at="um|gegen|ab|bis|seit|nach|vor|von|zwischen|und",
    hour=r"uhr",
    local="ortszeit|uhr ortszeit|lokaler zeit",
    time="zeit",
    say="sagte|teilte|schrieb|berichtete|erklärte",
    future="wird|werden|soll|sollen|geplant",
    counted=r"km|Kilometer|Millionen|Prozent|[A-ZÄÖÜ][a-zäöüß]{2,}n\b",
    ordinal=r"\.",
)

SPANISH = Words(
    months=_numbered(
        "enero febrero marzo abril mayo junio julio agosto septiembre/setiembre octubre noviembre diciembre"
    ),
    short_months=_numbered("ene feb mar abr may jun jul ago sep/sept oct nov dic"),
    weekdays=_numbered("lunes martes miércoles/miercoles jueves viernes sábado/sabado domingo", 0),
    parts={
        "de la mañana": "morning",
        "por la mañana": "morning",
        "de la tarde": "afternoon",
        "por la tarde": "afternoon",
        "de la noche": "evening",
        "por la noche": "evening",
        "de la madrugada": "early",
        "madrugada": "early",
    },
    days={"hoy": 0, "ayer": -1, "anteayer": -2},
    nights={"anoche": (-1, "night"), "esta mañana": (0, "morning"), "esta noche": (0, "night")},
    told={"al día siguiente": 1, "el día siguiente": 1, "el día anterior": -1, "el mismo día": 0, "ese día": 0},
    periods={
        "la semana pasada": ("week", -1),
        "esta semana": ("week", 0),
        "la próxima semana": ("week", 1),
        "el mes pasado": ("month", -1),
        "este mes": ("month", 0),
        "el próximo mes": ("month", 1),
        "el año pasado": ("year", -1),
        "este año": ("year", 0),
        "el próximo año": ("year", 1),
        "el pasado fin de semana": ("weekend", 0),
    },
    units=_unit_forms(
        minute="minuto/minutos",
        hour="hora/horas",
        day="día/días",
        week="semana/semanas",
        month="mes/meses",
        year="año/años",
    ),
    numbers=_numbered("un/una dos tres cuatro cinco seis siete ocho nueve diez"),
    clocks={"mediodía": 12, "medianoche": 0},
    lead="en|desde|durante|hasta|antes de|después de|entre|a finales de|a principios de|de",
    weak="a|y|hasta",
    until="a|al|hasta|hasta las|a las",
    pair="y|y las",
    between="entre|entre las",
    of="de|del",
    glue="a|las|la|el|del|de|en|desde|hasta|y|por",
    approx="alrededor de|alrededor de las|cerca de|hacia|sobre|sobre las|aproximadamente|hacia las|poco después de",
    before="pasado|pasada",
    after="próximo|próxima",
    ago="hace {n} {unit}",
    earlier="{n} {unit} antes",
    later="{n} {unit} (?:después|más tarde)",
    past="(?:en|durante) l[oa]s últim[oa]s {n} {unit}",
    mods={"principios de": "early", "finales de": "late", "mediados de": "mid"},
    at="a las|a la|las|hacia las|desde las|hasta las",
    hour=r"h|horas",
    local="hora local",
    time="hora",
    say="dijo|afirmó|anunció|informó|escribió|según",
    future="será|serán|prevé|previsto",
    counted=r"km|millones|(?!(?:tras|más|antes|después|entonces)\b)[a-záéíóúñ]{4,}s\b",
)

NUMBERS_ALONE = Words(months={}, weekdays={})
LANGUAGES: Mapping[str, Words] = {"en": ENGLISH, "fr": FRENCH, "ru": RUSSIAN, "de": GERMAN, "es": SPANISH}

PARTS: Mapping[str, tuple[int, int]] = {  # local hours of a day, the second of the next day where it is above 24
    "early": (0, 6),
    "morning": (6, 12),
    "afternoon": (12, 18),
    "evening": (18, 24),
    "night": (20, 30),
}

MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW", "PR", "GU"})  # countries that write 10/1/2017 for 1 October

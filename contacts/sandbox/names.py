"""Believable names for make-believe people, from many cultures.

Written out here instead of taken from a package: the same seed must give the same
district on every machine, for ever. Hard cases are in on purpose: accents,
apostrophes, double names, names written from right to left, names without a space.
"""
# ruff: noqa: RUF001 - letters that look like others are the point

import random
import unicodedata
from functools import lru_cache
from typing import NamedTuple


class Culture(NamedTuple):
    given: tuple[str, ...]
    family: tuple[str, ...]
    weight: int


def culture(weight: int, given: str, family: str) -> Culture:
    return Culture(tuple(given.split(",")), tuple(family.split(",")), weight)


CULTURES = (
    culture(
        26,
        "James,Mary,Robert,Patricia,John,Jennifer,Michael,Linda,David,Elizabeth,Aaron,"
        "Susan,Joseph,Jessica,Thomas,Sarah,Charles,Karen,Daniel,Nancy,Matthew,Lisa,Anthony,"
        "Ashley,Mark,Emily,Andrew,Megan,Joshua,Rachel,Kevin,Laura,Brian,Hannah,Tyler,Grace",
        "Smith,Johnson,Williams,Brown,Jones,Miller,Davis,Wilson,Anderson,Taylor,Moore,Martin,"
        "Thompson,White,Harris,Clark,Lewis,Robinson,Walker,Young,Allen,King,Wright,Scott,Hill,"
        "Green,Adams,Baker,Nelson,Carter,Mitchell,Turner,Parker,Collins,Hughes,Foster",
    ),
    culture(
        18,
        "José,María,Luis,Guadalupe,Juan Carlos,Ana Sofía,Miguel Ángel,Lucía,Diego,Ximena,"
        "Alejandro,Valentina,Ángel,Inés,Andrés,Rocío,Joaquín,Belén,Raúl,Noemí,Íñigo,Zulema",
        "García,Hernández,Martínez,López,González,Pérez,Sánchez,Ramírez,Núñez,Muñoz,Ibáñez,"
        "Díaz,Vázquez,Peña,Ordóñez,de la Cruz,García Márquez,Ruiz-Zafón,Ávila,Treviño",
    ),
    culture(
        10,
        "Keisha,DeAndre,Imani,Malik,Latoya,Jamal,Aaliyah,Terrence,Ebony,D'Angelo,Nia,Marquis,"
        "Shanice,Darnell,Tamika,Xavier,Kiara,Isaiah",
        "Washington,Jefferson,Banks,Booker,Jackson,Coleman,Rivers,Bolden,Gaines,Mosley,Pierre,"
        "Sims,Holloway,Tate,Freeman,Sykes",
    ),
    culture(
        6,
        "Wei,Xiuying,Hao,Mei,Jun,Lihua,Minh Anh,Jiahui,Bo,Xiaolong,Yan,Ting",
        "Wang,Li,Zhang,Liu,Chen,Yang,Huang,Zhao,Wu,Zhou,Xu,Ouyang,Lü,Hsieh",
    ),
    culture(
        6,
        "Aarav,Priya,Rohan,Ananya,Vikram,Lakshmi,Arjun,Meera,Sanjay,Kavya,Harpreet,Gurpreet",
        "Patel,Sharma,Singh,Kumar,Reddy,Iyer,Nair,Gupta,Venkataraman,Chattopadhyay,Kaur,"
        "Subramanian,Das",
    ),
    culture(
        5,
        "Nguyễn,Thị Hoa,Văn Minh,Bảo,Linh,Đức,Hương,Quang,Thảo,Tuấn",
        "Nguyễn,Trần,Lê,Phạm,Huỳnh,Phan,Vũ,Đặng,Bùi,Đỗ",
    ),
    culture(
        4,
        "Fatima,Omar,Layla,Yusuf,Amina,Khalid,Noor,Hassan,Zaynab,Ibrahim,Abd al-Rahman",
        "al-Masri,Haddad,Khalil,Nasser,Farouk,Ibn Saleh,Abu Bakr,Mansour,El-Sayed,Qureshi",
    ),
    culture(
        4,
        "Chukwuemeka,Ngozi,Adebayo,Folasade,Kwame,Ama,Abebe,Hiwot,Oluwaseun,N'Golo",
        "Okonkwo,Adeyemi,Mensah,Owusu,Tesfaye,Nwachukwu,Diallo,Traoré,Oyelaran-Johnson,M'Baye",
    ),
    culture(
        3,
        "Min-jun,Seo-yeon,Ji-ho,Hye-jin,Sung-min,Eun-ji,Dong-hyun,Ha-eun",
        "Kim,Lee,Park,Choi,Jung,Kang,Cho,Yoon,Namgung",
    ),
    culture(
        3,
        "Siobhán,Seán,Aoife,Pádraig,Niamh,Ciarán,Róisín,Eoghan,Gráinne",
        "O'Brien,O'Neill,Ó Súilleabháin,Mac Giolla Phádraig,McCarthy,O’Connor,D'Arcy,FitzGerald",
    ),
    culture(
        3,
        "Zoë,François,Hélène,René,Chloé,Jean-Baptiste,Aïcha,Noël,Anne-Marie",
        "Lefèvre,Dubois,L'Heureux,Bélanger,d'Aubigné,Côté,Château-Renault,Garçon",
    ),
    culture(
        3,
        "Jürgen,Björn,Käthe,Søren,Åsa,Günther,Frauke,Øyvind,Maren",
        "Müller,Strauß,Groß,Nyström,Ångström,von der Heide,Jørgensen,Weiß,Schäfer-Lindqvist",
    ),
    culture(
        3,
        "Agnieszka,Łukasz,Zdeněk,Ivana,Małgorzata,Jiří,Oksana,Dmytro,Živa,Ștefan",
        "Wójcik,Kowalczyk,Dvořák,Nováková,Shevchenko,Brzęczyszczykiewicz,Čapek,Petrović,Țurcanu",
    ),
    culture(
        2,
        "Maria Clara,Jejomar,Divina Grace,Rodrigo,Luzviminda,Crisanto",
        "dela Cruz,Bautista,Macapagal-Arroyo,Pangilinan,Magsaysay,Santos",
    ),
    culture(
        2,
        "Kaʻiulani,Keoni,Leilani,Kekoa,Sione,Tavita,Malia",
        "Kealoha,Kahananui,Tuʻipulotu,Faleafa,Kamakawiwoʻole,Nāone",
    ),
    culture(
        1,
        "Dakota,Winona,Nizhoni,Ahiga,Kiowa,Shawnee",
        "Begay,Yazzie,Tsosie,Two Bulls,Tall Chief,Benally",
    ),
    culture(1, "伟,秀英,明美,志強,さくら,健太", "王,李,陳,欧阳,佐藤,髙橋"),
    culture(1, "محمد,فاطمة,أحمد,ليلى,דוד,שירה", "الحسن,خليل,كهن,כהן,לוי,بن صالح"),
    culture(
        1,
        "Δημήτρης,Ελένη,Наталья,Алексей,Юлия,Νίκος",
        "Παπαδόπουλος,Иванова,Ковальчук,Γεωργίου",
    ),
)
CULTURE_WEIGHTS = [each.weight for each in CULTURES]

SCHOOL_NAMES = (
    "Abigail Adams",
    "Birchwood",
    "César Chávez",
    "Dry Creek",
    "Eastgate",
    "Fannie Lou Hamer",
    "Granite Ridge",
    "Harvest Lane",
    "Ida B. Wells",
    "Juniper Hill",
    "Kuʻulani Bay",
    "Lakeshore",
    "Martin Luther King Jr.",
    "North Fork",
    "Orchard Park",
    "Prairie View",
    "Quarry Road",
    "Rosa Parks",
    "St. Clair",
    "Thurgood Marshall",
)


def pick_culture(rng: random.Random) -> Culture:
    return rng.choices(CULTURES, CULTURE_WEIGHTS)[0]


def family_name(rng: random.Random, kin: Culture) -> str:
    """One family name; now and then two, joined, as children of two names bear it."""
    name = rng.choice(kin.family)
    if rng.random() < 0.04:
        return f"{name}-{rng.choice(kin.family)}"
    return name


def given_name(rng: random.Random, kin: Culture) -> str:
    return rng.choice(kin.given)


def full_name(rng: random.Random, kin: Culture, surname: str) -> str:
    """A contact's whole name in one string, as both API versions tell it."""
    name = f"{given_name(rng, kin)} {surname}"
    chance = rng.random()
    if chance < 0.01:
        return f"{name}, Jr."
    if chance < 0.02:
        return f"{name} {family_name(rng, pick_culture(rng))}"
    return name


@lru_cache(maxsize=50_000)
def ascii_letters(text: str) -> str:
    """The part of a name that fits an e-mail address; may be empty."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return "".join(letter for letter in plain.lower() if letter.isalnum())

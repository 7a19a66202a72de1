"""What a line uses in a month, day by day, out of a seed: the same line and month always the same. Pure."""

import random
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

KB_OF_A_GB = 1024 * 1024
KB_OF_A_MB = 1024


@dataclass(frozen=True)
class Terms:
    """Minutes, megabytes and messages that a plan contains, and what more of them costs, in 分 (data: a gigabyte)."""

    minutes: int
    megabytes: int
    messages: int
    minute_fen: int
    gigabyte_fen: int
    message_fen: int


NOTHING = Terms(0, 0, 0, 15, 500, 10)
PLANS = {
    "QQT5G059": Terms(200, 20480, 0, 15, 500, 10),
    "QQT5G089": Terms(300, 30720, 100, 15, 500, 10),
    "QQT5G129": Terms(500, 61440, 200, 15, 500, 10),
    "QQT5G159": Terms(700, 81920, 200, 15, 300, 10),
    "QQT5G199": Terms(1000, 122880, 300, 15, 300, 10),
    "QQT5G239": Terms(1200, 153600, 300, 15, 300, 10),
    "QQT5G299": Terms(1500, 204800, 500, 15, 300, 10),
    "QQT5G399": Terms(2000, 307200, 500, 15, 300, 10),
    "QQT5G599": Terms(3000, 512000, 1000, 15, 300, 10),
    "DGDD5G039": Terms(100, 20480, 0, 15, 500, 10),
    "DGDD5G059": Terms(150, 40960, 0, 15, 500, 10),
    "DGDD5G079": Terms(200, 61440, 0, 15, 500, 10),
    "SZX008": Terms(30, 100, 0, 15, 500, 10),
    "SZX019": Terms(100, 2048, 0, 15, 500, 10),
    "SZX029": Terms(150, 5120, 0, 15, 500, 10),
    "JT5G049": Terms(300, 15360, 100, 10, 300, 8),
    "JT5G069": Terms(500, 30720, 100, 10, 300, 8),
    "JT5G099": Terms(1000, 51200, 200, 10, 300, 8),
    "JTDATA020": Terms(0, 20480, 0, 0, 300, 0),
}


@dataclass(frozen=True)
class Day:
    day: date
    data_kb: int
    voice_s: int
    messages: int


@dataclass(frozen=True)
class Overage:
    """What a month's usage costs beyond the plan, in 分."""

    data_fen: int
    voice_fen: int
    messages_fen: int


def month(seed: int, msisdn: str, plan: str, first: date, last: date) -> list[Day]:
    """From `first` to `last` of one month; what a line uses on a day does not depend on the other days asked for."""
    terms = PLANS.get(plan, NOTHING)
    habit = random.Random(f"{seed} {msisdn}").choice((0.15, 0.4, 0.6, 0.7, 0.8, 0.9, 1.2, 0.0))
    days = monthrange(first.year, first.month)[1]
    found = []
    for number in range(first.day, last.day + 1):
        dice = random.Random(f"{seed} {msisdn} {first:%Y-%m} {number}")
        busy = habit * (0.5 if first.replace(day=number).weekday() > 4 else 1.2)
        found.append(
            Day(
                first.replace(day=number),
                int(terms.megabytes * KB_OF_A_MB / days * busy * dice.uniform(0.5, 1.5)),
                int((terms.minutes + 10) * 60 / days * busy * dice.uniform(0.3, 1.6)),
                int((terms.messages / days + 0.3) * busy * dice.uniform(0.0, 2.0)),
            )
        )
    return found


def overage(plan: str, used: list[Day], share: tuple[int, int]) -> Overage:
    """`share`: days the plan was paid for, of the days of the month; what it contains shrinks alike, in the user's favour."""
    terms = PLANS.get(plan, NOTHING)
    minutes, megabytes, messages = (
        -(-amount * share[0] // share[1]) for amount in (terms.minutes, terms.megabytes, terms.messages)
    )
    # A day is one call here: a minute that has begun is a whole one.
    called = sum(-(-day.voice_s // 60) for day in used)
    over_kb = max(0, sum(day.data_kb for day in used) - megabytes * KB_OF_A_MB)
    return Overage(
        (over_kb * terms.gigabyte_fen * 2 + KB_OF_A_GB) // (2 * KB_OF_A_GB),
        max(0, called - minutes) * terms.minute_fen,
        max(0, sum(day.messages for day in used) - messages) * terms.message_fen,
    )

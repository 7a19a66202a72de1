"""Amounts in Chinese words, as 《支付结算办法》 writes them and invoices print them, and read back."""

DIGITS = "零壹贰叁肆伍陆柒捌玖"
UNITS = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")
MINUS = "（负数）"
LARGEST_FEN = 10**18 - 1


def in_words(fen: int) -> str:
    """1920233 as 壹万玖仟贰佰零贰圆叁角叁分. Raises ValueError above 9,999 万亿 yuan."""
    if abs(fen) > LARGEST_FEN:
        raise ValueError("too large to be written in words")
    yuan, rest = divmod(abs(fen), 100)
    jiao, cents = divmod(rest, 10)
    words = f"{_whole(yuan)}圆" if yuan or not rest else ""
    if not rest:
        words += "整"
    else:
        if words and (not jiao or yuan % 10 == 0):
            words += "零"
        words += f"{DIGITS[jiao]}角" if jiao else ""
        words += f"{DIGITS[cents]}分" if cents else "整"
    return (MINUS if fen < 0 else "") + words


def _whole(number: int) -> str:
    if not number:
        return DIGITS[0]
    words, gap = "", False
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if not group:
            gap = gap or bool(words)
            if place == 2 and words and "亿" not in words:
                words += GROUPS[2]
            continue
        if words and (gap or group < 1000):
            words += DIGITS[0]
        words += _group(group) + _unit(place, groups)
        gap = False
    return words


def _unit(place: int, groups: list[int]) -> str:
    """The group above 亿 is counted in 万亿; when 亿 follow, it needs 万 only."""
    if place == 3:
        return "万" if groups[2] else GROUPS[3]
    return GROUPS[place]


def _group(number: int) -> str:
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += (DIGITS[0] if gap and words else "") + DIGITS[digit] + UNITS[place]
            gap = False
        else:
            gap = bool(words)
    return words


_VALUE = {digit: value for value, digit in enumerate(DIGITS)} | {
    digit: value for value, digit in enumerate("〇一二三四五六七八九")
}
_UNIT = {"拾": 10, "佰": 100, "仟": 1000, "十": 10, "百": 100, "千": 1000}


def read(words: str) -> int | None:
    """The amount in 分, however zeros and 整 are written; None when it is no amount."""
    text = words.strip().replace("元", "圆").removesuffix("正").removesuffix("整").replace(" ", "")
    negative = text.startswith((MINUS, "(负数)", "负"))
    text = text.removeprefix(MINUS).removeprefix("(负数)").removeprefix("负")
    whole, mark, rest = text.rpartition("圆")
    total = _read_whole(whole) if mark else 0
    cents = _read_cents(rest)
    if total is None or cents is None or not text:
        return None
    fen = total * 100 + cents
    return -fen if negative else fen


def _read_whole(text: str) -> int | None:
    """Groups by 亿 and 万, from the largest."""
    for unit, factor in (("亿", 10**8), ("万", 10**4)):
        if unit in text:
            before, _mark, after = text.rpartition(unit)
            high, low = _read_whole(before), _read_whole(after) if after else 0
            return None if high is None or low is None else high * factor + low
    number = digit = 0
    for letter in text:
        if letter in _VALUE:
            digit = _VALUE[letter]
        elif letter in _UNIT:
            number += max(digit, 0) * _UNIT[letter]
            digit = 0
        else:
            return None
    return number + digit


def _read_cents(text: str) -> int | None:
    fen, digit = 0, 0
    for letter in text:
        if letter in _VALUE:
            digit = _VALUE[letter]
        elif letter in "角分":
            fen += digit * (10 if letter == "角" else 1)
            digit = 0
        else:
            return None
    return fen if not digit else None

"""What values look like, whatever the heading above them says. Pure."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from console.bulk.columns import plain
from console.bulk.kind import Column
from console.spreadsheets.cells import TEXT, Cell, is_blank
from console.spreadsheets.tables import Table

NAME: Final = "name"
DOCUMENT: Final = "document"
MOBILE: Final = "mobile"
CARD: Final = "card"
DATE: Final = "date"
WORD: Final = "word"
CODE: Final = "code"
SHORT: Final = "short"
CHIP: Final = "chip"
"""The number of an eSIM chip."""

SHARE = 0.6
FEWEST = 2
TO_BEGIN_WITH = 200
HAN = r"[\u3400-\u9fff\U00020000-\U0003ffff]"
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭"
    "陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍"
    "庞颜倪庄聂章鲁岳翟殷詹申欧耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍"
    "华喻祁蒲房滕屈饶解牟艾尤阳时穆农司卓古吉缪简车项连芦麦褚娄窦戚岑景党宫费卜冷晏席卫米柏宗瞿桂全佟应臧闵苟邬边卞姬"
    "师和仇栾隋商刁沙荣巫寇桑郎甄丛仲虞敖巩明佘池查麻苑迟邝官封谈匡鞠惠荆乐冀郁胥南班储原栗燕楚鄢劳谌奚皮粟冼蔺楼盘满闻位厉伊"
)
_LOOKS: tuple[tuple[str, re.Pattern[str]], ...] = (
    (
        DOCUMENT,
        re.compile(r"[1-9]\d{5}(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx]", re.ASCII),
    ),
    (CHIP, re.compile(r"89\d{30}", re.ASCII)),
    (CARD, re.compile(r"89\d{17}[\dA-Fa-f]?", re.ASCII)),
    (MOBILE, re.compile(r"(?:\+?86[ -]?)?1[3-9]\d[ -]?\d{4}[ -]?\d{4}", re.ASCII)),
    (
        DATE,
        re.compile(
            r"(?:19|20)\d\d[-/.年](?:0?[1-9]|1[0-2])[-/.月](?:0?[1-9]|[12]\d|3[01])日?(?:[ T].*)?", re.ASCII
        ),
    ),
    (NAME, re.compile(rf"[{SURNAMES}]{HAN}{{1,3}}|{HAN}{{2,10}}[·•]{HAN}{{2,10}}")),
)
_FITS: Mapping[str, Callable[[str], bool]] = {
    NAME: lambda value: not re.search(r"\d", value),
    DOCUMENT: lambda value: bool(re.search(r"\d", value)) and not looks_like(value),
    MOBILE: lambda value: (
        bool(re.fullmatch(r"[\d\s+*()（）/、,，;；转-]{5,40}", value)) and not looks_like(value)
    ),
    CARD: lambda value: not looks_like(value),
    CHIP: lambda value: not looks_like(value),
    DATE: lambda value: not looks_like(value),
    WORD: lambda value: looks_like(value) in ("", NAME),
    CODE: lambda value: looks_like(value) in ("", MOBILE, CARD),
    SHORT: lambda value: not looks_like(value),
}
"""Whether a value without the column's own shape can be meant for it all the same, right or wrong."""


def looks_like(value: str) -> str:
    """The shape of a value that can hardly be anything else; '' for most."""
    return next((shape for shape, pattern in _LOOKS if pattern.fullmatch(value)), "")


def shifted(columns: Sequence[Column], table: Table) -> list[tuple[str, str]]:
    """(field, what its cells look like) of columns that hold what belongs into another one."""
    known = {column.shape for column in columns}
    found = []
    for column in columns:
        if column.shape not in _FITS or column.field not in table.headings:
            continue
        cells = [row.cells[column.field] for row in table.rows]
        # A column that is in order shows it soon; only a doubtful one is read to its end.
        few = cells[:: max(1, len(cells) // TO_BEGIN_WITH)]
        if _strange(column.shape, few) and (shape := _strange(column.shape, cells)) in known:
            found.append((column.field, shape))
    return found


def _strange(own: str, cells: Iterable[Cell]) -> str:
    """The other shape that most of the filled cells have; '' when they look as they should."""
    values = [cell.value.strip() for cell in cells if not is_blank(cell)]
    counted = Counter(
        shape for value in values if (shape := looks_like(value)) not in ("", own) and not _FITS[own](value)
    )
    if not counted or len(values) < FEWEST:
        return ""
    shape, count = counted.most_common(1)[0]
    return shape if count >= SHARE * len(values) else ""


def suggested(
    columns: Sequence[Column], samples: Mapping[str, Sequence[str]], taken: Iterable[str], reference: Any
) -> dict[str, str]:
    """Key of a heading → the field that its samples look like; no field twice and none that is taken."""
    free = [column for column in columns if column.field not in set(taken)]
    found: dict[str, str] = {}
    for key, values in samples.items():
        column = next((one for one in free if values and _may_be(one, values, reference)), None)
        if column is not None:
            found[key] = column.field
            free.remove(column)
    return found


def _may_be(column: Column, values: Sequence[str], reference: Any) -> bool:
    if column.shape == WORD and column.options:
        listed = {plain(word) for option in column.options(reference) for word in option}
        fits = [_listed(column, value, listed, reference) for value in values]
    else:
        fits = [bool(column.shape) and looks_like(value) == column.shape for value in values]
    return sum(fits) >= SHARE * len(values)


def _listed(column: Column, value: str, listed: set[str], reference: Any) -> bool:
    """One of the words of the drop-down, or a synonym that the reader knows for one."""
    if plain(value) in listed:
        return True
    read = column.read(Cell(TEXT, value), reference)
    return isinstance(read.value, str) and plain(read.value) in listed

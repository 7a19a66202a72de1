"""Rosters of people who do not exist: ID sequence 991–998, telephone block 0000."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from io import BytesIO
from typing import Any

from openpyxl import Workbook

SURNAMES = "沈温邵周顾苏韩余秦孟夏白卓阮程许唐叶陈简安庄方楚易柏谢向林江"
GIVEN = ("星阑", "照野", "一航", "予安", "言之", "沐晴", "松涛", "笙", "疏桐", "时雨", "知秋", "若初", "清远", "听雪", "子墨",
         "可欣", "星然", "砚秋", "书宁", "知意", "怀远", "思远", "云帆", "南风", "舟", "起云", "晚晴", "以宁", "望舒", "澄")  # fmt: skip
REGIONS = ("330102", "330106", "310101", "110101", "440103", "320102", "500102", "420106")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
HEADINGS = ("序号", "员工编号", "姓名", "身份证号码", "所属部门", "成本中心", "手机", "主套餐")
DEPARTMENTS = ("销售部", "市场部", "客户服务部", "物流配送部", "技术部/研发一组", "财务部")
PLANS = ("全球通5G商务套餐59元档", "全球通5G商务套餐89元档", "全球通59")


@dataclass
class Roster:
    """`rows` as they stand under HEADINGS; `remedies` is the right text for each cell that is wrong on purpose."""

    rows: list[list[Any]] = field(default_factory=list)
    remedies: dict[tuple[int, str], str] = field(default_factory=dict)
    first_row: int = 4

    def xlsx(self) -> bytes:
        """As an HR system exports it: a title, an empty line, headings in row 3, a total at the end."""
        book = Workbook()
        sheet = book.active
        assert sheet is not None
        sheet.title = "花名册"
        sheet.append(["青岚示例商贸有限公司 新员工名单"])
        sheet.append([])
        sheet.append(list(HEADINGS))
        for row in self.rows:
            sheet.append(row)
        sheet.append([f"合计 共 {len(self.rows)} 人"])
        for column, width in zip("ABCDEFGH", (6, 12, 10, 22, 18, 10, 14, 26), strict=True):
            sheet.column_dimensions[column].width = width
        file = BytesIO()
        book.save(file)
        return file.getvalue()


def document_number(number: int, born: date, region: str) -> str:
    """A resident ID that passes every check (GB 11643) and belongs to nobody."""
    body = f"{region}{born:%Y%m%d}{991 + number % 8}"
    return body + "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]


def make(count: int, seed: int = 1, *, faults: bool = True, first: int = 1, prefix: str = "QL") -> Roster:
    """So many people; with `faults`, three of them as HR really sends them (from fifty rows on; fewer below)."""
    chance = random.Random(seed)
    roster = Roster()
    used: set[str] = set()
    for index in range(count):
        person = first + index
        number = ""
        while not number or number in used:
            born = date(1975, 1, 1) + timedelta(days=chance.randrange(365 * 28))
            number = document_number(person + chance.randrange(8), born, chance.choice(REGIONS))
        used.add(number)
        roster.rows.append(
            [
                index + 1,
                f"{prefix}{person:05}",
                chance.choice(SURNAMES) + chance.choice(GIVEN),
                number,
                chance.choice(DEPARTMENTS),
                f"CC{100 + index % 4}",
                f"139{0:04}{(person * 7) % 9000:04}",
                chance.choice(PLANS),
            ]
        )
    if faults:
        _spoil(roster)
    return roster


def _spoil(roster: Roster) -> None:
    """A date that does not exist, a slip in the plan's name, an ID that Excel made a number of."""
    spoilers = (_impossible_date, _plan_with_slip, _number_by_excel)
    for place, spoil in zip((4, 19, 37), spoilers, strict=True):
        if place < len(roster.rows):
            spoil(roster, place)


def _impossible_date(roster: Roster, place: int) -> None:
    right = roster.rows[place][3]
    roster.remedies[roster.first_row + place, "document_no"] = right
    roster.rows[place][3] = right[:10] + "0231" + right[14:]


def _plan_with_slip(roster: Roster, place: int) -> None:
    roster.remedies[roster.first_row + place, "plan"] = "QQT5G059"
    roster.rows[place][7] = "全球痛5G商务套餐59元档"


def _number_by_excel(roster: Roster, place: int) -> None:
    """Excel keeps fifteen digits and fills up with zeros."""
    right = roster.rows[place][3]
    roster.remedies[roster.first_row + place, "document_no"] = right
    roster.rows[place][3] = int(right[:15] + "000")


EVERYBODY = ("工号", "姓名", "身份证号码", "部门", "成本中心", "联系电话", "主套餐")


def everybody(first_list: Roster, staff: Roster | None = None, joiners: int = 3) -> bytes:
    """The company some months after this list of joiners: its staff is still there, two moved, one has a dearer plan, two left, some are new."""
    people = [[*row[1:7], PLANS[0]] for row in first_list.rows[:-2]]
    for place in (0, 1):
        people[place][3] = next(name for name in DEPARTMENTS if name != people[place][3])
    people[2][6] = PLANS[1]
    newest = make(joiners, seed=99, faults=False, first=len(first_list.rows) + 1)
    people += [[*row[1:7], PLANS[0]] for row in newest.rows]
    people += [[*row[1:7], None] for row in (staff.rows if staff else ())]
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "在职人员"
    sheet.append(list(EVERYBODY))
    for person in people:
        sheet.append(person)
    file = BytesIO()
    book.save(file)
    return file.getvalue()

"""Words that stand for something: kinds of documents, yes and no, and one character written in two ways.

For dictionaries only. A name of a person is never compared or changed like this.
"""

import unicodedata
from collections.abc import Iterable

from console.identifiers.documents import DocumentType


def plain(written: str) -> str:
    """Without width, spaces and case: how words of a dictionary are compared."""
    return unicodedata.normalize("NFKC", written).replace(" ", "").casefold()


def folded(written: str) -> str:
    """As plain(), and every character in its simplified form: 客戶服務部 is 客户服务部."""
    return plain(written).translate(_SIMPLIFIED)


# Pairs, the traditional or variant character first; those that departments and plans are named with.
_PAIRS = (
    "臺台檯台檔档帳账賬账術术銷销產产財财務务後后發发開开組组員员會会計计總总經经廣广東东華华業业運运營营網网絡络訊讯電电話话資资"
    "線线設设備备門门項项採采購购質质檢检倉仓儲储車车間间辦办內内區区際际國国個个統统戶户團团費费標标準准對对戰战劃划畫画測测"
    "試试維维護护據据數数無无樂乐書书馬马龍龙鳳凤鳥鸟魚鱼風风飛飞長长張张強强從从來来過过進进連连達达選选遠远遷迁郵邮鄉乡醫医"
    "藥药葉叶蘇苏陳陈陽阳陸陆隊队階阶險险難难雲云靜静韓韩頂顶順顺領领題题類类顧顾館馆驗验體体點点齊齐龜龟產产場场報报壓压導导"
    "將将專专層层屬属島岛師师帶带幫帮幹干廠厂庫库應应態态慶庆戲戏擔担據据擴扩擇择權权機机橋桥歐欧歸归氣气決决濟济滿满漢汉灣湾"
    "環环現现瑪玛監监盤盘確确禮礼稅税種种積积穩稳簡简節节約约級级純纯紅红紙纸細细結结給给綜综綠绿緊紧編编練练縣县績绩織织"
    "繼继續续聯联聲声職职腦脑蓋盖處处號号補补裝装製制複复規规視视覺觉觀观記记許许評评詢询該该認认語语說说課课調调談谈請请論论"
    "諮咨諾诺證证譯译議议讀读變变讓让豐丰貝贝貨货販贩責责貿贸賓宾賣卖賽赛贈赠贏赢軍军軟软輔辅輕轻輛辆輪轮轉转農农適适遞递邊边"
    "鄭郑醬酱釋释針针鋁铝銀银銅铜鋪铺鋼钢錄录錢钱錫锡鍋锅鎮镇鏈链鐵铁閉闭閱阅關关隨随雙双雜杂離离響响願愿飯饭飲饮養养"
)
_SIMPLIFIED = str.maketrans(_PAIRS[::2], _PAIRS[1::2])

DOCUMENTS = {
    plain(name): kind
    for kind, names in {
        DocumentType.RESIDENT_ID: ("居民身份证", "身份证", "二代身份证", "二代证", "中国居民身份证", "Resident ID card", "RESIDENT_ID"),
        DocumentType.HMT_RESIDENCE: (
            "港澳台居民居住证", "港澳居民居住证", "台湾居民居住证", "居住证",
            "Residence permit for Hong Kong, Macao and Taiwan residents", "HMT_RESIDENCE",
        ),
        DocumentType.HK_MACAO_PERMIT: (
            "港澳居民来往内地通行证", "回乡证", "港澳通行证", "Mainland travel permit for Hong Kong and Macao residents",
            "HK_MACAO_PERMIT",
        ),
        DocumentType.TAIWAN_PERMIT: (
            "台湾居民来往大陆通行证", "台胞证", "Mainland travel permit for Taiwan residents", "TAIWAN_PERMIT",
        ),
        DocumentType.FOREIGN_PASSPORT: ("外国护照", "护照", "外籍护照", "Foreign passport", "FOREIGN_PASSPORT"),
        DocumentType.FOREIGN_PR: (
            "外国人永久居留身份证", "永居证", "外国人永居证", "Foreign permanent resident ID card", "FOREIGN_PR",
        ),
    }.items()
    for name in names
}  # fmt: skip
NOT_ACCEPTED = frozenset(
    {
        "中国护照", "往来港澳通行证", "往来台湾通行证", "香港身份证", "香港居民身份证", "澳门身份证",
        "澳门居民身份证", "台湾身份证", "驾驶证", "驾照", "军官证", "士兵证", "户口本", "户口簿", "社保卡", "学生证",
    }
)  # fmt: skip
"""Documents that register nobody's phone, by the names that rosters give them."""

PLACEHOLDERS = frozenset(
    map(
        plain,
        (
            "同上", "同前", '"', "″", "〃", "々", "-", "--", "---", "—", "——", "/", "//", "\\", "无", "没有", "n/a", "na", "n.a.",
            "none", "null", "nan", "空", "暂无", "待定", "待补", "不详", "未知",
        ),
    )
)  # fmt: skip
"""What stands in a cell of which somebody knew nothing."""
LONGEST_PLACEHOLDER = 6
_LONGEST_WORD = 60

YES = frozenset({"是", "√", "✓", "✔", "☑", "y", "yes", "1", "有", "true", "对", "要", "需要"})
NO = frozenset({"否", "×", "✗", "x", "n", "no", "0", "无", "没有", "false", "不", "不要", "不需要"})
SEXES = {"男": "M", "女": "F", "男性": "M", "女性": "F", "m": "M", "f": "F", "male": "M", "female": "F"}


def yes_or_no(written: str) -> bool | None:
    """None when the word is neither."""
    word = plain(written)
    if word in YES:
        return True
    return False if word in NO else None


def is_placeholder(written: str) -> bool:
    if len(written) > LONGEST_PLACEHOLDER:
        return False
    if written in PLACEHOLDERS:
        return True
    # Names and departments: no other way of writing one of the words begins like this.
    if "\u4e00" <= written[:1] <= "\u9fff" and written.isalnum():
        return False
    return plain(written.strip()) in PLACEHOLDERS


class Slips:
    """Known words, ready to be found when one character is missing, added or different."""

    def __init__(self, known: Iterable[str]) -> None:
        self._by_part: dict[str, set[str]] = {}
        for word in known:
            for part in _parts(word):
                self._by_part.setdefault(part, set()).add(word)

    def near(self, written: str) -> list[str]:
        """Those that differ by one character. Words of one character are all near to each other, so they are not."""
        if not 2 <= len(written) <= _LONGEST_WORD:
            return []
        found = set().union(*(self._by_part.get(part, ()) for part in _parts(written)))
        return sorted(word for word in found if len(word) > 1 and _one_slip(written, word))


def _parts(word: str) -> set[str]:
    """The word, and what is left of it without each of its characters: near words have one in common."""
    return {word, *(word[:i] + word[i + 1 :] for i in range(min(len(word), _LONGEST_WORD)))}


def _one_slip(a: str, b: str) -> bool:
    if len(a) == len(b):
        return sum(x != y for x, y in zip(a, b, strict=True)) == 1
    short, long = sorted((a, b), key=len)
    return len(long) - len(short) == 1 and any(long[:i] + long[i + 1 :] == short for i in range(len(long)))

"""The sentences for the codes of messages, in the reader's language."""

from collections.abc import Mapping
from typing import Any

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

TITLES: dict[str, LazyString] = {
    "BATCH_CHECKED_WRONG": _l("“%(title)s”有 %(wrong)s 行需要修正，%(ready)s 行可以办理"),
    "BATCH_REFUSED": _l("“%(title)s”没有读成"),
    "BATCH_DONE": _l("“%(title)s”已办完，%(ok)s 行全部成功"),
    "BATCH_PARTIAL": _l("“%(title)s”已办完，%(ok)s 行成功，%(bad)s 行没有办成"),
}
TEXTS: dict[str, LazyString] = {
    "BATCH_CHECKED_WRONG": _l("可以先办理核对无误的行，其余的在同一批次里修正"),
    "BATCH_REFUSED": _l("打开批次看原因，改好后重新上传。没有办理任何业务"),
    "BATCH_DONE": _l("结果已写入花名册"),
    "BATCH_PARTIAL": _l("打开批次看原因，可以单独重试，已成功的行不会再办一次"),
}


def sentence(code: str, values: Mapping[str, Any]) -> str:
    """An unknown code is shown as it is: a message of a newer release, read by an older one."""
    return str(TITLES[code]) % values if code in TITLES else code


def advice(code: str) -> str | None:
    return str(TEXTS[code]) if code in TEXTS else None

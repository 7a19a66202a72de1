"""Invoices between parties that do not exist."""

from datetime import datetime
from typing import Any

from console.invoices.document import Document, Item, Kind, Party

SELLER = Party("晨曦示例通信有限公司", "91990000MA0DEM0138")
BUYER = Party("澄湖样例制造有限公司", "91990000MA0DEM0213")


def item(net: int, tax: int, name: str = "移动数据流量费", percent: int = 9, **other: Any) -> Item:
    return Item(name, "电信服务", "3030100000000000000", percent, net, tax, **other)


def sample(*items: Item, **other: Any) -> Document:
    facts: dict[str, Any] = {
        "number": "26990000000000000018",
        "kind": Kind.ORDINARY,
        "issued_at": datetime(2026, 10, 31, 10, 11, 12),
        "seller": SELLER,
        "buyer": BUYER,
        "items": items
        or (
            item(1000000, 90000, unit="户", quantity="50", price="200"),
            item(-100000, -9000, discount=True),
            item(848199, 76338, name="基础电信服务费"),
            item(60000, 3600, name="增值电信服务费", percent=6),
        ),
        "drawer": "示例开票员",
        "remark": "账期：2026年10月；䶮㛃",
    }
    return Document(**facts | other)

"""The XML of a 数电票, in the layout that is observed everywhere and published nowhere; written, and read by name."""

import re
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from lxml import etree

from console.invoices.document import (
    EXEMPT,
    FICTITIOUS,
    PLAIN,
    SIGNED,
    TITLES,
    Document,
    Item,
    Kind,
    Party,
    is_number,
    printable,
)
from console.invoices.doubting import NotAnInvoice, Stated
from console.invoices.in_words import in_words

VERSION = "0.33"
MOST_BYTES = 5 * 2**20
_KIND_CODE = {Kind.SPECIAL: "01", Kind.ORDINARY: "02"}
_PARSER = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}


def amount(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02}"


def write(document: Document) -> bytes:
    root = etree.Element("EInvoice")
    _header(etree.SubElement(root, "Header"), document)
    data = etree.SubElement(root, "EInvoiceData")
    _party(etree.SubElement(data, "SellerInformation"), "Seller", document.seller)
    _party(etree.SubElement(data, "BuyerInformation"), "Buyer", document.buyer)
    _add(
        etree.SubElement(data, "BasicInformation"),
        ("TotalAmWithoutTax", amount(document.net_fen)),
        ("TotalTaxAm", amount(document.tax_fen)),
        ("TotalTax-includedAmount", amount(document.total_fen)),
        ("TotalTax-includedAmountInChinese", in_words(document.total_fen)),
        ("Drawer", document.drawer),
        ("RequestTime", f"{document.issued_at:%Y-%m-%d %H:%M:%S}"),
    )
    for item in document.items:
        _item(etree.SubElement(data, "IssuItemInformation"), item)
    specific = etree.SubElement(data, "SpecificInformation")
    if document.is_red:
        _add(
            etree.SubElement(specific, "RedEInvoice"),
            ("OriginalInvoiceCode", document.red_of),
            ("CreditNoteNumber", document.red_form),
        )
    _add(etree.SubElement(data, "AdditionalInformation"), ("Remark", document.notes))
    _add(
        etree.SubElement(root, "TaxSupervisionInfo"),
        ("InvoiceNumber", document.number),
        ("IssueTime", f"{document.issued_at:%Y-%m-%d %H:%M:%S}"),
        ("TaxBureauCode", f"1{document.region}00000000"),
        ("TaxBureauName", "国家税务总局示例省税务局" if document.number.startswith(FICTITIOUS) else ""),
    )
    return etree.tostring(root, xml_declaration=True, encoding="utf-8", standalone=True)


def _header(header: Any, document: Document) -> None:
    _add(header, ("EIid", document.number), ("EInvoiceTag", f"SWEI{document.region}00"), ("Version", VERSION))
    labels = etree.SubElement(header, "InherentLabel")
    for name, code, text in (
        ("InIssuType", "N" if document.is_red else "Y", "是否蓝字发票标志"),
        ("EInvoiceType", "01", "电子发票"),
        ("GeneralOrSpecialVAT", _KIND_CODE[document.kind], TITLES[document.kind]),
        ("TaxpayerType", "1", "一般纳税人"),
    ):
        _add(etree.SubElement(labels, name), ("LabelCode", code), ("LabelName", text))


def _party(element: Any, prefix: str, party: Party) -> None:
    _add(
        element,
        (f"{prefix}IdNum", party.tax_number), (f"{prefix}Name", party.name), (f"{prefix}Addr", party.address),
        (f"{prefix}TelNum", party.phone), (f"{prefix}BankName", party.bank), (f"{prefix}BankAccNum", party.bank_account),
    )  # fmt: skip


def _item(element: Any, item: Item) -> None:
    _add(
        element,
        ("ItemName", item.printed_name), ("SpecMod", item.spec), ("MeaUnits", item.unit), ("Quantity", item.quantity),
        ("UnPrice", item.price), ("Amount", amount(item.net_fen)), ("TaxRate", _rate(item)),
        ("ComTaxAm", amount(item.tax_fen)), ("TotaltaxIncludedAmount", amount(item.net_fen + item.tax_fen)),
        ("TaxClassificationCode", item.code),
    )  # fmt: skip


def _add(element: Any, *children: tuple[str, str]) -> None:
    for name, text in children:
        etree.SubElement(element, name).text = printable(text)


def _rate(item: Item) -> str:
    """A fraction, or the word that stands in its place."""
    return item.told_rate if item.rate is None or item.exempt else f"{item.rate.normalize():f}"


def read(content: bytes) -> tuple[Document, Stated]:
    """(what it says, the sums it states). Raises NotAnInvoice.

    Entities are not expanded and nothing is fetched. By name and not by place: issuing systems differ in their order.
    """
    if len(content) > MOST_BYTES:
        raise NotAnInvoice("I_TOO_LARGE")
    try:
        root = etree.fromstring(content, etree.XMLParser(**_PARSER))
    except etree.XMLSyntaxError as error:
        raise NotAnInvoice("I_DAMAGED") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise NotAnInvoice("I_ENTITIES")
    if root.tag != "EInvoice":
        raise NotAnInvoice
    try:
        return _read(root)
    except (ValueError, KeyError, AttributeError) as error:
        raise NotAnInvoice("I_DAMAGED") from error


_REVERSAL = re.compile(
    r"被红冲蓝字(?:数电票|数电发票|电子发票|发票)号码[:：]\s*([0-9]{20})(?:\s*红字发票信息确认单编号[:：]\s*([0-9]{16,20}))?\s*"
)


def without_reversal(remark: str) -> tuple[str, str, str]:
    """(the rest of the remark, the invoice that is reversed, the form by which it is)."""
    found = _REVERSAL.search(remark)
    if not found:
        return remark, "", ""
    return (remark[: found.start()] + remark[found.end() :]).strip(), found[1], found[2] or ""


def _read(root: Any) -> tuple[Document, Stated]:
    kind = {code: kind for kind, code in _KIND_CODE.items()}[_text(root, ".//GeneralOrSpecialVAT/LabelCode")]
    told = _text(root, ".//TaxSupervisionInfo/IssueTime") or _text(root, ".//BasicInformation/RequestTime")
    numbers = (_text(root, ".//TaxSupervisionInfo/InvoiceNumber"), _text(root, "./Header/EIid"))
    number = next(filter(None, numbers), "")
    remark, red_of, red_form = without_reversal(_text(root, ".//AdditionalInformation/Remark"))
    red_of = _text(root, ".//RedEInvoice/OriginalInvoiceCode") or red_of
    red = bool(red_of) or _text(root, ".//InIssuType/LabelCode") == "N"
    lines = list(root.iter("IssuItemInformation"))
    document = Document(
        number=number,
        kind=kind,
        issued_at=datetime.fromisoformat(told),
        seller=_read_party(root, "Seller"),
        buyer=_read_party(root, "Buyer"),
        items=tuple(_read_item(element, red=red) for element in lines),
        drawer=_text(root, ".//BasicInformation/Drawer"),
        remark=remark,
        red_of=red_of,
        red_form=_text(root, ".//RedEInvoice/CreditNoteNumber") or red_form,
        genuine=root.find("TaxBureauSignature") is not None or root.find("ptbh") is not None,
        region=number[2:4] if is_number(number) else "99",
    )
    return document, _stated(root, lines, numbers, red=red)


def _stated(root: Any, lines: list[Any], numbers: tuple[str, str], *, red: bool) -> Stated:
    return Stated(
        net_fen=_told_fen(root, ".//BasicInformation/TotalAmWithoutTax"),
        tax_fen=_told_fen(root, ".//BasicInformation/TotalTaxAm"),
        total_fen=_told_fen(root, ".//BasicInformation/TotalTax-includedAmount"),
        words=_text(root, ".//TotalTax-includedAmountInChinese"),
        numbers=tuple(filter(None, numbers)),
        red=red,
        slack_fen=sum(_more_than_cents(line) for line in lines),
        lines_agree=all(_line_agrees(line) for line in lines),
    )


def _read_party(root: Any, prefix: str) -> Party:
    at = f".//{prefix}Information/{prefix}"
    return Party(
        _text(root, f"{at}Name"), _text(root, f"{at}IdNum"), _text(root, f"{at}Addr"), _text(root, f"{at}TelNum"),
        _text(root, f"{at}BankName"), _text(root, f"{at}BankAccNum"),
    )  # fmt: skip


def _read_item(element: Any, *, red: bool) -> Item:
    short, name = names_of(_text(element, "ItemName"))
    net = fen(_text(element, "Amount"))
    percent, told = rate_of(_text(element, "TaxRate"))
    return Item(
        name=name,
        short_name=short,
        code=_text(element, "TaxClassificationCode"),
        percent=percent,
        net_fen=net,
        tax_fen=fen(_text(element, "ComTaxAm") or "0"),
        unit=_text(element, "MeaUnits"),
        quantity=_figure(element, "Quantity"),
        price=_figure(element, "UnPrice"),
        discount=net < 0 and not red,
        spec=_text(element, "SpecMod"),
        told_rate=told,
    )


def names_of(printed: str) -> tuple[str, str]:
    """*电信服务*通话费 as (电信服务, 通话费)."""
    found = re.fullmatch(r"\*([^*]+)\*(.+)", printed, re.DOTALL)
    return (found[1], found[2]) if found else ("", printed)


def rate_of(text: str) -> tuple[int, str]:
    """0.06, 0.060000, 6% and 6 are (6, ""); 免税, ***, 0.015 are (0, …), (0, …) and (1, "1.5%")."""
    figure = text.removesuffix("%")
    if not re.fullmatch(PLAIN, figure):
        if text in EXEMPT or not figure.strip("*"):
            return 0, text or "***"
        raise ValueError(text)
    percent = Decimal(figure) * (1 if text.endswith("%") or Decimal(figure) >= 1 else 100)
    whole = int(percent)
    return whole, "" if whole == percent else f"{percent.normalize():f}%"


def _figure(element: Any, path: str) -> str:
    """A quantity or a price, without the zeros beyond the second that some systems fill up with."""
    text = _text(element, path)
    if not text:
        return ""
    if not re.fullmatch(SIGNED, text):
        raise ValueError(text)
    whole, point, digits = text.partition(".")
    return whole + point + digits[:2] + digits[2:].rstrip("0")


def _text(root: Any, path: str) -> str:
    found = root.find(path)
    return (found.text or "").strip() if found is not None else ""


def _told_fen(root: Any, path: str) -> int | None:
    text = _text(root, path)
    return fen(text) if text else None


def fen(text: str) -> int:
    """To the nearest 分: some systems write six decimals. Raises ValueError."""
    if not re.fullmatch(SIGNED, text):
        raise ValueError(text)
    return int((Decimal(text) * 100).to_integral_value(ROUND_HALF_UP))


def _more_than_cents(line: Any) -> bool:
    return any(len(_text(line, name).partition(".")[2].rstrip("0")) > 2 for name in ("Amount", "ComTaxAm"))


def _line_agrees(line: Any) -> bool:
    """Net + VAT is what the line says with VAT, where it says it."""
    told = _text(line, "TotaltaxIncludedAmount")
    parts = fen(_text(line, "Amount")) + fen(_text(line, "ComTaxAm") or "0")
    return not told or abs(fen(told) - parts) <= _more_than_cents(line)

"""The XML of a 数电票, in the layout that is observed everywhere and published nowhere; written, and read by name."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from lxml import etree

from console.invoices.document import FICTITIOUS, TITLES, Document, Item, Kind, Party
from console.invoices.in_words import in_words

VERSION = "0.33"
MOST_BYTES = 5 * 2**20
_KIND_CODE = {Kind.SPECIAL: "01", Kind.ORDINARY: "02"}
_PARSER = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}


class NotAnInvoice(ValueError):
    """It is no XML, or not that of an invoice."""


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
        ("ItemName", item.printed_name), ("SpecMod", ""), ("MeaUnits", item.unit), ("Quantity", item.quantity),
        ("UnPrice", item.price), ("Amount", amount(item.net_fen)), ("TaxRate", f"0.{item.percent:02}"),
        ("ComTaxAm", amount(item.tax_fen)), ("TotaltaxIncludedAmount", amount(item.net_fen + item.tax_fen)),
        ("TaxClassificationCode", item.code),
    )  # fmt: skip


def _add(element: Any, *children: tuple[str, str]) -> None:
    for name, text in children:
        etree.SubElement(element, name).text = "".join(c for c in text if c.isprintable())


def read(content: bytes) -> tuple[Document, int | None, str]:
    """(what it says, the total it states, the total in words as it states it). Raises NotAnInvoice.

    Entities are not expanded and nothing is fetched. By name and not by place: issuing systems differ in their order.
    """
    if len(content) > MOST_BYTES:
        raise NotAnInvoice
    try:
        root = etree.fromstring(content, etree.XMLParser(**_PARSER))
    except etree.XMLSyntaxError as error:
        raise NotAnInvoice from error
    if root.tag != "EInvoice" or root.getroottree().docinfo.internalDTD is not None:
        raise NotAnInvoice
    try:
        return _read(root)
    except (ValueError, InvalidOperation, KeyError, AttributeError) as error:
        raise NotAnInvoice from error


def _read(root: Any) -> tuple[Document, int | None, str]:
    kind = {code: kind for kind, code in _KIND_CODE.items()}[_text(root, ".//GeneralOrSpecialVAT/LabelCode")]
    told = _text(root, ".//TaxSupervisionInfo/IssueTime") or _text(root, ".//BasicInformation/RequestTime")
    red = root.find(".//RedEInvoice") is not None or _text(root, ".//InIssuType/LabelCode") == "N"
    document = Document(
        number=_text(root, ".//TaxSupervisionInfo/InvoiceNumber") or _text(root, "./Header/EIid"),
        kind=kind,
        issued_at=datetime.fromisoformat(told),
        seller=_read_party(root, "Seller"),
        buyer=_read_party(root, "Buyer"),
        items=tuple(_read_item(element, red=red) for element in root.iter("IssuItemInformation")),
        drawer=_text(root, ".//BasicInformation/Drawer"),
        remark=_text(root, ".//AdditionalInformation/Remark"),
        red_of=_text(root, ".//RedEInvoice/OriginalInvoiceCode"),
        red_form=_text(root, ".//RedEInvoice/CreditNoteNumber"),
        genuine=root.find("TaxBureauSignature") is not None or root.find("ptbh") is not None,
    )
    stated = _text(root, ".//TotalTax-includedAmount")
    return document, _fen(stated) if stated else None, _text(root, ".//TotalTax-includedAmountInChinese")


def _read_party(root: Any, prefix: str) -> Party:
    at = f".//{prefix}Information/{prefix}"
    return Party(
        _text(root, f"{at}Name"), _text(root, f"{at}IdNum"), _text(root, f"{at}Addr"), _text(root, f"{at}TelNum"),
        _text(root, f"{at}BankName"), _text(root, f"{at}BankAccNum"),
    )  # fmt: skip


def _read_item(element: Any, *, red: bool) -> Item:
    printed = _text(element, "ItemName")
    _empty, _star, rest = printed.partition("*")
    short, star, name = rest.partition("*")
    net = _fen(_text(element, "Amount"))
    rate = _text(element, "TaxRate")
    percent = Decimal(rate.rstrip("%")) * (1 if rate.endswith("%") else 100)
    return Item(
        name=name if star else printed,
        short_name=short if star else "",
        code=_text(element, "TaxClassificationCode"),
        percent=int(percent),
        net_fen=net,
        tax_fen=_fen(_text(element, "ComTaxAm")),
        unit=_text(element, "MeaUnits"),
        quantity=_text(element, "Quantity"),
        price=_text(element, "UnPrice"),
        discount=net < 0 and not red,
    )


def _text(root: Any, path: str) -> str:
    found = root.find(path)
    return (found.text or "").strip() if found is not None else ""


def _fen(text: str) -> int:
    value = Decimal(text) * 100
    if value != value.to_integral_value():
        raise ValueError(text)
    return int(value)

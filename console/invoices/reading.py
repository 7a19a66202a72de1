"""Invoices that were issued elsewhere, as files: what they say, and what about them does not agree."""

from dataclasses import dataclass, replace
from datetime import date

from console.invoices import reading_ofd, reading_pdf, together, xml
from console.invoices.document import QR_KIND, Document, Kind, Scanned
from console.invoices.doubting import NotAnInvoice, Stated, differs_from_code, doubts

MOST_BYTES = 10 * 2**20
TRUST = ("xml", "ofd", "pdf")
"""Who is believed first."""
Said = tuple[Document, Stated]


@dataclass(frozen=True, slots=True)
class Foreign:
    """What a file says of an invoice. `wrong` are codes of what does not agree in it.

    `document` is None where its lines could not be read. Of a picture with nothing but its QR code the number, the day and
    the total are known (I_ONLY_CODE); its net is then told as the total.
    """

    format: str
    number: str
    day: date
    kind: Kind
    seller_name: str
    seller_tax_number: str
    buyer_name: str
    buyer_tax_number: str
    total_fen: int
    net_fen: int
    tax_fen: int
    red_of: str
    wrong: tuple[str, ...]
    document: Document | None = None
    originals: tuple[tuple[str, bytes], ...] = ()
    """(format, content) of each file, where several came in one ZIP."""


def read(content: bytes) -> Foreign:
    """By what it is and not by its name. Raises NotAnInvoice, which says why."""
    if content.startswith(b"PK") and (files := together.unpacked(content, MOST_BYTES)):
        return _together(files)
    return _one(content)


def _together(files: list[bytes]) -> Foreign:
    """One invoice in several formats; all have to say the same."""
    found = [(_one(content), content) for content in files]
    if len({one.number for one, _content in found}) > 1:
        raise NotAnInvoice("I_SEVERAL")
    found.sort(key=lambda pair: TRUST.index(pair[0].format))
    first, *others = (one for one, _content in found)
    wrong = [code for one in (first, *others) for code in one.wrong if code != "I_ONLY_CODE" or not others]
    if any((one.total_fen, one.day) != (first.total_fen, first.day) for one in others):
        wrong.append("I_PRINTED")
    originals = tuple({one.format: content for one, content in reversed(found)}.items())
    return replace(first, wrong=tuple(dict.fromkeys(wrong)), originals=originals)


def _one(content: bytes) -> Foreign:
    if not content:
        raise NotAnInvoice
    if len(content) > MOST_BYTES:
        raise NotAnInvoice("I_TOO_LARGE")
    if b"%PDF-" in content[:1024]:
        return _pdf(content)
    if content.startswith(b"PK"):
        return _ofd(content)
    return _foreign("xml", xml.read(content), [])


def _ofd(content: bytes) -> Foreign:
    opened = reading_ofd.read(content)
    said = opened.inside or opened.shown
    assert said is not None
    differs = _told_otherwise(opened.told, said) or _shown_otherwise(opened.inside, opened.shown)
    return _foreign("ofd", said, ["I_PRINTED"] if differs else [])


def _pdf(content: bytes) -> Foreign:
    opened = reading_pdf.read(content)
    said = opened.inside or opened.shown
    if said is None:
        if opened.code is None:
            raise NotAnInvoice("I_NOTHING_TO_READ")
        return _of_code(opened.code)
    document, stated = said
    wrong = ["I_PRINTED"] if _shown_otherwise(opened.inside, opened.shown) else []
    total = document.total_fen if stated.total_fen is None else stated.total_fen
    if opened.forged_code or differs_from_code(
        opened.code, document.number, f"{document.issued_at:%Y%m%d}", total
    ):
        wrong.append("I_CODE")
    return _foreign("pdf", said, wrong)


def _foreign(format_: str, said: Said, wrong: list[str]) -> Foreign:
    document, stated = said
    total, net, tax = (
        ours if theirs is None else theirs
        for ours, theirs in (
            (document.total_fen, stated.total_fen),
            (document.net_fen, stated.net_fen),
            (document.tax_fen, stated.tax_fen),
        )
    )
    return Foreign(
        format_, document.number, document.issued_at.date(), document.kind, document.seller.name,
        document.seller.tax_number, document.buyer.name, document.buyer.tax_number, total, net, tax, document.red_of,
        tuple(dict.fromkeys(doubts(document, stated) + wrong)), document if document.items else None,
    )  # fmt: skip


def _of_code(code: Scanned) -> Foreign:
    """All that a photographed or scanned invoice tells without reading letters off a picture."""
    kinds = {told: kind for kind, told in QR_KIND.items()}
    try:
        day = date.fromisoformat(code.day)
        kind = kinds[code.kind]
    except (ValueError, KeyError) as error:
        raise NotAnInvoice("I_NOTHING_TO_READ") from error
    return Foreign(
        "pdf", code.number, day, kind, "", "", "", "", code.total_fen, code.total_fen, 0, "", ("I_ONLY_CODE",)
    )


def _shown_otherwise(inside: Said | None, shown: Said | None) -> bool:
    """The XML inside says one thing, and the page that a person reads another."""
    return inside is not None and shown is not None and _heart(inside) != _heart(shown)


def _heart(said: Said) -> tuple[object, ...]:
    document, stated = said
    return (
        document.number, document.issued_at.date(), stated.total_fen, stated.net_fen, stated.tax_fen,
        document.buyer.tax_number, document.seller.tax_number,
    )  # fmt: skip


def _told_otherwise(told: dict[str, str], said: Said) -> bool:
    """What an OFD tells machines by name, against what was read."""
    document, stated = said
    facts = {
        "发票号码": document.number,
        "购买方纳税人识别号": document.buyer.tax_number,
        "销售方纳税人识别号": document.seller.tax_number,
    }
    if any(told.get(name, fact) != fact for name, fact in facts.items()):
        return True
    sums = {"合计金额": stated.net_fen, "合计税额": stated.tax_fen}
    return any(_differs(told[name], sum_) for name, sum_ in sums.items() if told.get(name))


def _differs(text: str, sum_: int | None) -> bool:
    try:
        return sum_ is not None and xml.fen(text) != sum_
    except ValueError:
        return "*" not in text

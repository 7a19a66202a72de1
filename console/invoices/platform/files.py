"""The platform's own documents of an invoice, by its own hand; none has a signature to imitate one."""

import io
import json
import sqlite3
import zipfile
from xml.sax.saxutils import escape

from console.invoices.platform import issuing


def xml(row: sqlite3.Row) -> bytes:
    """The original, by the platform's own hand; it says which system made it, and has no signature to imitate one."""
    order, moment = json.loads(row["body"]), f"{issuing.moment(row):%Y-%m-%d %H:%M:%S}"
    sign, lines = -1 if row["red_of"] else 1, []
    for line in (order.get("detail") or order["invoiceDetail"]) if row["red_of"] else order["invoiceDetail"]:
        factor = 1 if str(line["taxExcludedAmount"]).startswith("-") or sign > 0 else -1
        net, tax = (issuing._fen(line[name]) * factor for name in ("taxExcludedAmount", "tax"))
        lines.append(
            f"<IssuItemInformation><ItemName>*{escape(line.get('shortName', '电信服务'))}*{escape(line['goodsName'])}</ItemName>"
            f"<SpecMod></SpecMod><MeaUnits></MeaUnits><Quantity></Quantity><UnPrice></UnPrice>"
            f"<Amount>{issuing._yuan(net)}</Amount><TaxRate>{line['taxRate']}</TaxRate><ComTaxAm>{issuing._yuan(tax)}</ComTaxAm>"
            f"<TotaltaxIncludedAmount>{issuing._yuan(net + tax)}</TotaltaxIncludedAmount>"
            f"<TaxClassificationCode>{line['goodsCode']}</TaxClassificationCode></IssuItemInformation>"
        )
    kind = "01" if order["invoiceLine"] == "bs" else "02"
    total = row["net_fen"] + row["tax_fen"]
    bank, _blank, account = order.get("buyerAccount", "").rpartition(" ")
    return (
        f'<?xml version="1.0" encoding="utf-8"?><EInvoice><Header><EIid>{row["number"]}</EIid>'
        f"<EInvoiceTag>SWEI9900</EInvoiceTag><Version>0.33</Version><InherentLabel><InIssuType><LabelCode>"
        f"{'N' if row['red_of'] else 'Y'}</LabelCode></InIssuType><EInvoiceType><LabelCode>01</LabelCode></EInvoiceType>"
        f"<GeneralOrSpecialVAT><LabelCode>{kind}</LabelCode></GeneralOrSpecialVAT></InherentLabel></Header><EInvoiceData>"
        f"<SellerInformation><SellerIdNum>{order['salerTaxNum']}</SellerIdNum><SellerName>{escape(order.get('salerName', ''))}</SellerName></SellerInformation>"
        f"<BuyerInformation><BuyerIdNum>{order.get('buyerTaxNum', '')}</BuyerIdNum><BuyerName>{escape(order['buyerName'])}</BuyerName>"
        f"<BuyerTelNum>{escape(order.get('buyerTel', ''))}</BuyerTelNum><BuyerAddr>{escape(order.get('buyerAddress', ''))}</BuyerAddr>"
        f"<BuyerBankName>{escape(bank)}</BuyerBankName><BuyerBankAccNum>{escape(account)}</BuyerBankAccNum></BuyerInformation>"
        f"<BasicInformation><TotalAmWithoutTax>{issuing._yuan(row['net_fen'])}</TotalAmWithoutTax>"
        f"<TotalTaxAm>{issuing._yuan(row['tax_fen'])}</TotalTaxAm><TotalTax-includedAmount>{issuing._yuan(total)}</TotalTax-includedAmount>"
        f"<TotalTax-includedAmountInChinese></TotalTax-includedAmountInChinese><Drawer>{escape(order['clerk'])}</Drawer>"
        f"<RequestTime>{moment}</RequestTime></BasicInformation>{''.join(lines)}<SpecificInformation></SpecificInformation>"
        f"<AdditionalInformation><Remark>{escape(order.get('remark', ''))}</Remark></AdditionalInformation></EInvoiceData>"
        f"<TaxSupervisionInfo><InvoiceNumber>{row['number']}</InvoiceNumber><IssueTime>{moment}</IssueTime></TaxSupervisionInfo>"
        f"</EInvoice>"
    ).encode()


def pdf(row: sqlite3.Row) -> bytes:
    """A page with the number and the sum: the smallest there is (ISO 32000-1, 7.5)."""
    total = issuing._yuan(row["net_fen"] + row["tax_fen"])
    drawn = f"BT /F1 14 Tf 72 500 Td (SAMPLE {row['number']} CNY {total}) Tj ET".encode()
    parts = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 397] /Contents 4 0 R"
        b" /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(parts, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, part)
    beginning = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, beginning)
    return bytes(made)


def ofd(row: sqlite3.Row) -> bytes:
    """The package with its attachment, which is what programs read; no page is drawn (GB/T 33190)."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    parts = {
        "OFD.xml": f'<ofd:OFD {space} Version="1.1" DocType="OFD"><ofd:DocBody><ofd:DocInfo><ofd:DocID>{row["number"]:0>32}</ofd:DocID></ofd:DocInfo>'
        "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {space}><ofd:CommonData><ofd:MaxUnitID>1</ofd:MaxUnitID><ofd:PageArea>"
        "<ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages/>"
        "<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments></ofd:Document>",
        "Doc_0/Attachs/Attachments.xml": f'<ofd:Attachments {space}><ofd:Attachment ID="1" Name="original_invoice"'
        ' Format="xml"><ofd:FileLoc>original_invoice.xml</ofd:FileLoc></ofd:Attachment></ofd:Attachments>',
        "Doc_0/Attachs/original_invoice.xml": xml(row).decode(),
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return stream.getvalue()


WRITERS = {
    "xml": ("application/xml", xml),
    "ofd": ("application/ofd", ofd),
    "pdf": ("application/pdf", pdf),
}

"""What kind of workbook a zip archive holds, judged by its parts."""

from console.spreadsheets import ods, xlsb, xlsx
from console.spreadsheets.budget import Budget
from console.spreadsheets.cells import Workbook
from console.spreadsheets.links import links_in
from console.spreadsheets.package import Package
from console.spreadsheets.refusals import F_NOT_SPREADSHEET, Refused

USUAL_WORKBOOK = "xl/workbook.xml"
MIMETYPE = "mimetype"
ODS_TYPES = (
    b"application/vnd.oasis.opendocument.spreadsheet",
    b"application/vnd.oasis.opendocument.spreadsheet-template",
)
# Where the other kinds of Office file keep their main part.
OTHERS = {"word/": "word", "ppt/": "slides", "visio/": "drawing"}


def read(data: bytes, budget: Budget) -> Workbook:
    package = Package(data, budget)
    if _declared_type(package) in ODS_TYPES:
        return ods.read(package)
    main = _main_part(package)
    if main.lower().endswith(".bin"):
        return xlsb.read(package, main)
    if main.lower().endswith(".xml"):
        return xlsx.read(package, main)
    raise Refused(F_NOT_SPREADSHEET, found="zip")


def _declared_type(package: Package) -> bytes:
    if MIMETYPE not in package:
        return b""
    return b"".join(package.pieces(MIMETYPE, most=package.limits.small_part_bytes)).strip()


def _main_part(package: Package) -> str:
    if MIMETYPE in package:
        raise Refused(F_NOT_SPREADSHEET, found="document")
    for link in links_in(package, ""):
        if link.type == "officeDocument" and link.part in package:
            folder = link.part.lower().partition("/")[0] + "/"
            if folder in OTHERS:
                raise Refused(F_NOT_SPREADSHEET, found=OTHERS[folder])
            return link.part
    if USUAL_WORKBOOK in package:
        return USUAL_WORKBOOK
    raise Refused(F_NOT_SPREADSHEET, found="zip")

"""Where things stand: file names, sizes, first sentences, and who may do what is done in one place only."""

import ast
import re
from configparser import ConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = 300
DOMAINS = (
    "accounts",
    "audit",
    "bulk",
    "employees",
    "expenses",
    "invoices",
    "notices",
    "orders",
    "plans",
    "sims",
)
AGREED = {
    "__init__", "actions", "forms", "listing", "messages", "models", "presenting", "queries", "rules", "states",
    "uploads", "views",
}  # fmt: skip
OWN = {
    "accounts": {"freshness", "passwords", "security"},
    "audit": {"trail"},
    "bulk": {
        "approval_rules",
        "approval_settings",
        "approvals",
        "approving",
        "approving_views",
        "asked_of",
        "barring",
        "vouching",
        "vouching_views",
        "beside",
        "estimating",
        "numbering",
        "planning",
        "stopping",
        "asking",
        "asking_views",
        "mapping",
        "remembered",
        "remembering",
        "shapes",
        "checking",
        "comparing",
        "deeds",
        "leavers",
        "leavers_views",
        "merging",
        "offering",
        "repairing",
        "repairing_views",
        "readings",
        "rechecking",
        "columns",
        "costs",
        "describing",
        "papers",
        "papers_views",
        "ending",
        "finding",
        "kind",
        "mending",
        "steering",
        "steering_views",
        "steps",
        "reviewing",
        "meanings",
        "grouping",
        "fixing_views",
        "fixing",
        "sheets",
        "uploading",
        "watching",
    },
    "employees": {"comparing", "identity", "moving", "reveal", "sheets"},
    "expenses": {
        "accounts",
        "alarms",
        "allocating",
        "commenting",
        "pooling",
        "bill_files",
        "filing",
        "unreadable",
        "bill_files_views",
        "details",
        "details_views",
        "running",
        "sharing",
        "talk",
        "sharing_views",
        "commenting_views",
        "attention",
        "budgeting",
        "watching",
        "watching_views",
        "advice",
        "advice_asking",
        "advice_making",
        "advice_views",
        "advising",
        "asking",
        "book",
        "computing",
        "delivering_views",
        "differences",
        "differences_views",
        "differing",
        "documents",
        "downloading_views",
        "drawing",
        "figures",
        "items",
        "mailing",
        "measured",
        "metering",
        "once",
        "optimising",
        "packing",
        "paying",
        "placements",
        "pools",
        "printing",
        "rated",
        "rating",
        "taking_in",
        "taxes",
        "terms",
        "using",
        "vouchers",
        "workbook",
    },
    "invoices": {
        "packages",
        "packages_views",
        "announcing",
        "applying",
        "archiving",
        "mailing",
        "mailing_views",
        "archiving_views",
        "booking",
        "covering",
        "bundling",
        "callbacks",
        "document",
        "doubting",
        "elsewhere",
        "four_ways",
        "four_ways_views",
        "titles_views",
        "gateway",
        "in_words",
        "issuing",
        "layout",
        "nuonuo",
        "ofd",
        "pdf",
        "pdf_child",
        "reading",
        "reading_ofd",
        "reading_pdf",
        "reversing",
        "seeing",
        "titles",
        "together",
        "xml",
    },
    "orders": {"people", "standing", "call_backs", "comparing", "steering"},
    "plans": {"catalogue", "combining", "matching"},
    "sims": {
        "activation",
        "cards",
        "changing",
        "choosing",
        "choosing_views",
        "deciding",
        "eligibility",
        "extras",
        "fulfilment",
        "handing_over",
        "handing_over_views",
        "hearing",
        "line_changes",
        "line_kind",
        "line_stops",
        "new_users",
        "roster",
        "several",
        "stock_taking",
        "stocking",
        "supply",
        "switching",
        "undoing",
        "undoing_views",
    },
}
"""Names that one domain has for something only it does."""
SAY_NOTHING = {"utils", "helpers", "common", "manager", "service", "services", "base", "misc", "tools"}
LONG = {"console/bulk/messages.py": "a table: one entry for each code, read from top to bottom by nobody"}
COMMITS = {
    "console/core/db.py": "transaction()",
    "console/sims/supply.py": "ends a read before the operator is called",
    "jobs/bulk.py": "ends a read before a transaction of its own",
    "jobs/delivery.py": "ends a read before a transaction of its own",
    "jobs/details.py": "ends a read before the operator is asked",
    "jobs/invoices.py": "ends a read before the platform is asked",
    "jobs/month.py": "ends a read before the operator is asked",
    "jobs/orders.py": "ends a read before the operator is asked",
    "jobs/people.py": "ends a read before the operator is asked",
    "jobs/showing.py": "ends a read between two looks",
    "jobs/usage.py": "ends a read before the operator is asked",
}
UNSEEN = ("bulk_insert_mappings", "bulk_update_mappings", "bulk_save_objects")
"""Session methods that pass by the company's filter, the stamp and the trail."""
LITERAL_SQL = {"console/core": "the session itself", "migrations": "their work"}


def sources(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


MODULES = sources("console", "jobs", "examples", "migrations", "docs")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


@pytest.mark.parametrize("domain", DOMAINS)
def test_a_domain_has_only_the_agreed_names(domain):
    found = {path.stem for path in (ROOT / "console" / domain).glob("*.py")}
    assert found - AGREED - OWN.get(domain, set()) == set()
    assert OWN.get(domain, set()) <= found, "a name that is gone is also taken off the list"


def test_every_folder_of_the_console_is_a_domain_or_known():
    known = {*DOMAINS, "carrier", "core", "identifiers", "spreadsheets"}
    folders = {path.parent.name for path in (ROOT / "console").glob("*/__init__.py")}
    assert folders == known


def test_no_module_has_a_name_that_says_nothing():
    assert [shown(path) for path in MODULES if path.stem in SAY_NOTHING] == []


@pytest.mark.parametrize("path", MODULES + sources("tests"), ids=shown)
def test_a_module_says_in_its_first_sentence_what_it_is_for(path):
    said = ast.get_docstring(ast.parse(path.read_text()))
    assert said or (path.name == "__init__.py" and not path.read_text().strip())
    if said and "simulator" not in path.parts:
        assert said.split("\n\n")[0].rstrip().endswith((".", ":", "`", "?", "!")), said.split("\n")[0]


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_a_module_can_be_read_at_one_sitting(path):
    if "versions" in path.parts or shown(path) in LONG:
        return
    assert len(path.read_text().splitlines()) <= LINES


def test_only_the_database_module_commits():
    committing = re.compile(r"\.(commit|begin_nested)\(")
    assert {shown(path) for path in sources("console", "jobs", "examples") if "simulator" not in path.parts
            and committing.search(path.read_text())} == set(COMMITS)  # fmt: skip


def test_nobody_uses_what_passes_by_the_session():
    found = [
        shown(p) for p in sources("console", "jobs", "examples") if any(n in p.read_text() for n in UNSEEN)
    ]
    assert found == []


def test_sql_is_written_as_text_in_the_core_only():
    text = re.compile(
        r"\b(?:text|exec_driver_sql)\(\s*f?['\"](?:select|insert|update|delete|with)\b", re.IGNORECASE
    )
    found = {shown(path) for path in sources("console", "jobs") if "simulator" not in path.parts
             and text.search(path.read_text())}  # fmt: skip
    assert {path for path in found if not path.startswith(tuple(LITERAL_SQL))} == set()


def test_the_time_is_asked_in_one_place():
    asking = re.compile(r"\b(datetime\.now|datetime\.utcnow|date\.today|datetime\.today)\(")
    found = {shown(path) for path in sources("console", "jobs") if "simulator" not in path.parts
             and asking.search(path.read_text())}  # fmt: skip
    assert found == {"console/core/clock.py"}


@pytest.mark.parametrize("path", TEMPLATES, ids=shown)
def test_a_template_has_no_style_or_script_of_its_own(path):
    html = path.read_text()
    assert not re.search(r"\sstyle\s*=|<style\b", html)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"""\son[a-z]+\s*=\s*["']|javascript:|\bhx-on\b|["']js:""", html)
    assert "|safe" not in html.replace(" ", "")


def test_templates_are_escaped_and_take_nothing_from_elsewhere():
    for path in TEMPLATES:
        html = path.read_text()
        assert "autoescape false" not in html, path
        assert not re.search(r"""(?:src|href|action)\s*=\s*["']https?://""", html), path


def test_every_dependency_has_its_line_in_the_list():
    config = ConfigParser()
    config.read(ROOT / "setup.cfg")
    lines = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    wanted = {
        re.split(r"[\[<>=;~ ]", line.strip())[0]
        for text in lines
        for line in text.splitlines()
        if line.strip()
    }
    table = (ROOT / "docs" / "dependencies.md").read_text()
    known = set(re.findall(r"^\| *([\w.-]+) *\|", table, re.MULTILINE)) - {"package", "---"}
    assert {one.casefold() for one in wanted} == {one.casefold() for one in known}

"""Full document numbers and telephones: who may see them when, and the trace that each look leaves."""

from flask import url_for
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from console.accounts import freshness
from console.audit import actions as audit
from console.core.db import transaction

PURPOSES: dict[str, LazyString] = {
    "real-name": _l("实名核对"),
    "person": _l("员工本人要求"),
    "operator": _l("运营商要求"),
}
FIELDS = ["document_no", "phone"]


def factor_first(employee_id: int) -> Response | None:
    """Where to go for a new code, when the last one is too old to open a document number."""
    back = url_for("employees.details_view", id=employee_id)
    return freshness.code_first(back, _("显示完整号码前需要再验证一次。验证后请再按一次显示"))


def leave_trace(employee_id: int | None, purpose: str) -> None:
    """Of one person, or of the whole directory."""
    with transaction():
        audit.record("reveal", "employees", employee_id, {"purpose": purpose, "fields": FIELDS})

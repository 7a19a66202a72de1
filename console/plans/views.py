"""The page of the plans that can be chosen in a roster."""

from typing import Any

from flask_admin import expose
from flask_babel import gettext as _

from console.core import clock
from console.core.permissions import Permission
from console.core.web import ConsoleView
from console.plans import listing
from console.plans.models import Plan

MB_OF_A_GB = 1024


class PlansView(ConsoleView):
    permission = Permission.PLANS_READ

    @expose("/")
    def index(self) -> Any:
        families: dict[str, list[dict[str, Any]]] = {}
        for plan in listing.on_sale(clock.today()):
            families.setdefault(_family(plan), []).append(_shown(plan))
        return self.render(
            "plans/list.html", families=[{"name": name, "plans": plans} for name, plans in families.items()]
        )


def _family(plan: Plan) -> str:
    return plan.family if plan.kind == "MAIN" else _("%(family)s 功能与附加产品", family=plan.family)


def _shown(plan: Plan) -> dict[str, Any]:
    return {
        "name": plan.name,
        "code": plan.code,
        "fee_fen": plan.fee_fen,
        "voice_min": plan.voice_min or None,
        "data_gb": _gigabytes(plan.data_mb),
        "sms": plan.sms or None,
        "contract_months": plan.contract_months,
        "eligibility": _eligibility(plan.eligibility),
        "notes": plan.more.get("note"),
    }


def _gigabytes(megabytes: int) -> float | int | None:
    """Whole where it is whole; small data plans keep two decimals."""
    if not megabytes:
        return None
    whole, rest = divmod(megabytes, MB_OF_A_GB)
    return round(megabytes / MB_OF_A_GB, 2) if rest else whole


def _eligibility(code: str) -> str:
    known = {
        "ANY": _("不限"),
        "ENTERPRISE_MEMBER": _("本公司员工"),
        "ENTERPRISE": _("以公司名义"),
        "ENTERPRISE_IOT_ASSESSED": _("通过物联网评估的公司"),
        "ROAMING_ENABLED": _("已开通漫游的号码"),
        "AGE_16_30": _("16～30 岁"),
        "STRONG_VERIFIED": _("通过本人强验证"),
    }
    return str(known.get(code, code))


def pages() -> list[Any]:
    return [PlansView(name="plans", endpoint="plans", url="/plans")]

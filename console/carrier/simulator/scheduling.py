"""When an order takes effect: at once, on a day, or with the next billing cycle."""

from console.carrier.simulator import catalogue
from console.carrier.simulator.clock import month_start, months_later, next_month_start
from console.carrier.simulator.errors import ApiError
from console.carrier.simulator.kinds import KINDS, NEXT_CYCLE, NOW
from console.carrier.simulator.settings import Settings
from console.carrier.simulator.wishes import Wish


def word(wish: Wish) -> str:
    """NOW or NEXT_CYCLE: as the order says, its products say, or its type means. ApiError when that differs."""
    kind = KINDS[wish.type]
    said = {str(product["effective"]) for product in wish.products if product.get("effective")}
    said |= {wish.effective} if wish.effective else set()
    if wish.type == "ACTIVATE":
        return NOW
    if len(said) > 1:
        raise ApiError("INVALID_PARAM", "一个订单只能有一种生效方式", "products")
    found = said.pop() if said else kind.default or _of_products(wish)
    if found not in (NOW, NEXT_CYCLE):
        raise ApiError("INVALID_PARAM", f"effective 应为 {NOW} 或 {NEXT_CYCLE}", "products")
    if found not in kind.when:
        raise ApiError("PLAN_NOT_ELIGIBLE", f"{wish.type} 不能以 {found} 生效", "effective")
    return found


def _of_products(wish: Wish) -> str:
    known = [catalogue.PRODUCTS[code].added for code in wish.codes if code in catalogue.PRODUCTS]
    return NEXT_CYCLE if NEXT_CYCLE in known else NOW


def moment(settings: Settings, wish: Wish, now: int) -> int | None:
    """When it is to be carried out; None means as soon as it is worked on. ApiError for a day out of reach."""
    field = "suspension.firstDay" if wish.type == "SUSPEND" else "requestedStartDate"
    if wish.start_at is not None and wish.start_at > now + settings.furthest_day_s * 1000:
        raise ApiError("INVALID_PARAM", f"最多提前 {settings.furthest_day_s / 86_400:.0f} 天", field)
    wanted = wish.start_at if wish.start_at is not None and wish.start_at > now else None
    if word(wish) == NEXT_CYCLE:
        return next_month_start(now) if wanted is None else _first_of_month(wanted)
    return wanted


def _first_of_month(moment_: int) -> int:
    return moment_ if moment_ == month_start(moment_) else next_month_start(moment_)


def suspended_until(settings: Settings, wish: Wish, begins: int) -> int:
    """The end of a suspension, which is never open. ApiError when it would end before it begins or too late."""
    latest = months_later(begins, settings.suspend_max_months) + (begins - month_start(begins))
    if wish.until is None:
        return latest
    if wish.until <= begins:
        raise ApiError("INVALID_PARAM", "末日早于首日", "suspension.lastDay")
    if wish.until > latest:
        raise ApiError(
            "INVALID_PARAM", f"停机保号最长 {settings.suspend_max_months} 个月", "suspension.lastDay"
        )
    return wish.until

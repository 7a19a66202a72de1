"""A line's month as we compute it: what it consists of, and what never changes about it."""

from dataclasses import replace
from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from console.expenses.metering import KB_OF_A_GB, Data
from console.expenses.paying import PaySplit
from console.expenses.rated import Held, Month, Once, Over, Product, Usage, product
from console.expenses.rating import DATA_CAP_FEN, rate_month
from console.plans.catalogue import products

CATALOGUE = {row["code"]: product(row) for row in products()}
BEFORE, OCTOBER = date(2026, 1, 1), "2026-10"
CARD = Once("OTHER", "GOODS", "SIM 卡费", date(2026, 10, 3), 1000)
OLD = Once("DISCOUNT", "VOICE", "老客户优惠", date(2026, 10, 1), -1000)


def held(code: str, since: date = BEFORE, until: date | None = None, **other) -> Held:
    return Held(CATALOGUE[code], since, until, **other)


def amounts(month: Month, agreed: PaySplit | None = None) -> list[tuple[str, str | None, int]]:
    priced = rate_month(month, agreed) if agreed else rate_month(month)
    return [(one.item, one.product, one.amount_fen) for one in priced.charges]


def test_usage_inside_the_plan_costs_nothing_more():
    used = Usage(minutes=200, messages=0, data=Data(20 * KB_OF_A_GB))
    assert amounts(Month(OCTOBER, [held("QQT5G059")], used)) == [("RENT", "QQT5G059", 5900)]


def test_usage_beyond_the_plan_is_priced_by_kind():
    used = Usage(minutes=203, messages=4, data=Data(21 * KB_OF_A_GB + 1))
    assert amounts(Month(OCTOBER, [held("QQT5G059")], used)) == [
        ("RENT", "QQT5G059", 5900), ("VOICE", None, 45), ("DATA", None, 500), ("MESSAGES", None, 40),
    ]  # fmt: skip


def test_a_plan_changes_with_the_month_and_the_old_one_is_paid_in_full():
    changed = [held("QQT5G129", until=date(2026, 9, 30)), held("QQT5G059", date(2026, 10, 1))]
    assert amounts(Month("2026-09", changed)) == [("RENT", "QQT5G129", 12900)]
    assert amounts(Month(OCTOBER, changed)) == [("RENT", "QQT5G059", 5900)]


def test_the_last_month_is_whole_unless_the_contract_says_days():
    ends = date(2026, 10, 10)
    assert amounts(Month(OCTOBER, [held("QQT5G059", until=ends)])) == [("RENT", "QQT5G059", 5900)]
    by_days = held("QQT5G059", until=ends, priced_daily_at_end=True)
    assert amounts(Month(OCTOBER, [by_days])) == [("RENT", "QQT5G059", 1903)]


def test_days_of_suspension_are_not_paid_for_twice():
    stopped = [(date(2026, 10, 5), date(2026, 10, 14)), (date(2026, 10, 10), date(2026, 10, 15))]
    assert amounts(Month(OCTOBER, [held("QQT5G059")], suspended=stopped)) == [
        ("RENT", "QQT5G059", 3806), ("RENT", "SUSPEND", 181),
    ]  # fmt: skip


def test_a_pack_is_used_before_the_plan_and_paid_once():
    used = Usage(data=Data(21 * KB_OF_A_GB))
    pack = held("ADD05GM", date(2026, 10, 20))
    assert amounts(Month(OCTOBER, [held("QQT5G059"), pack], used)) == [
        ("RENT", "QQT5G059", 5900), ("RENT", "ADD05GM", 1500),
    ]  # fmt: skip
    assert amounts(Month("2026-11", [held("QQT5G059"), pack])) == [("RENT", "QQT5G059", 5900)]


def test_what_is_left_of_a_whole_month_is_carried_over_and_used_first():
    september = rate_month(Month("2026-09", [held("QQT5G059")], Usage(data=Data(18 * KB_OF_A_GB))))
    assert september.carry_kb == 2 * KB_OF_A_GB
    october = Month(
        OCTOBER, [held("QQT5G059")], Usage(data=Data(22 * KB_OF_A_GB)), carried_kb=september.carry_kb
    )
    assert rate_month(october).total_fen == 5900
    begun = rate_month(Month(OCTOBER, [held("QQT5G059", date(2026, 10, 20))]))
    assert begun.carry_kb == 0


def test_a_pool_carries_what_a_member_uses_beyond_its_plan():
    month = Month(OCTOBER, [held("QQT5G059")], Usage(data=Data(25 * KB_OF_A_GB)), in_pool=True)
    priced = rate_month(month)
    assert (priced.total_fen, priced.pool_kb) == (5900, 5 * KB_OF_A_GB)


def test_data_beyond_a_plan_has_a_limit_or_only_becomes_slow():
    much = Usage(data=Data(300 * KB_OF_A_GB))
    assert amounts(Month(OCTOBER, [held("SZX029")], much))[1] == ("DATA", None, DATA_CAP_FEN)
    slow = Held(replace(CATALOGUE["QQT5G059"], over=Over.THROTTLED), BEFORE)
    assert amounts(Month(OCTOBER, [slow], much)) == [("RENT", "QQT5G059", 5900)]
    # 15 GB are in the plan and 115 GB are fast: the 100 GB between them are paid for.
    assert amounts(Month(OCTOBER, [held("JT5G049")], much))[1] == ("DATA", None, 30000)


def test_calls_inside_the_group_are_free_as_far_as_the_product_goes():
    used = Usage(minutes=200, onnet_minutes=1010)
    assert amounts(Month(OCTOBER, [held("QQT5G059"), held("VNET_FLEX")], used))[-1] == ("VOICE", None, 150)
    assert len(amounts(Month(OCTOBER, [held("QQT5G059"), held("VNET_UNL")], used))) == 2


def test_what_a_person_pays_begins_where_the_limit_of_the_company_ends():
    month = Month(OCTOBER, [held("QQT5G059")], Usage(minutes=300), once=[CARD, OLD])
    priced = rate_month(month, PaySplit("GROUP_CAP", 6000))
    assert [(one.item, one.amount_fen, one.paid_by) for one in priced.charges] == [
        ("RENT", 5900, "company"), ("VOICE", 1100, "company"), ("VOICE", 400, "person"),
        ("OTHER", 1000, "person"), ("DISCOUNT", -1000, "company"),
    ]  # fmt: skip


def test_some_items_are_paid_by_the_company_and_the_rest_by_the_person():
    month = Month(OCTOBER, [held("QQT5G059"), held("CRING")], Usage(minutes=300))
    priced = rate_month(month, PaySplit("ITEMS", items=frozenset({"QQT5G059", "VOICE"})))
    assert [(one.item, one.paid_by) for one in priced.charges] == [
        ("RENT", "company"), ("OWN_VAS", "person"), ("VOICE", "company"),
    ]  # fmt: skip


CODES = st.sampled_from(
    ["QQT5G059", "JT5G099", "SZX008", "CRING", "VNET_BASIC", "ADD05GM", "ADD01GD", "DIRVID"]
)
DAYS = st.dates(date(2026, 9, 1), date(2026, 11, 5))
MONTHS = st.builds(
    Month,
    st.just(OCTOBER),
    st.lists(st.builds(Held, CODES.map(CATALOGUE.__getitem__), DAYS), max_size=5),
    st.builds(
        Usage, st.integers(0, 3000), st.integers(0, 500), st.integers(0, 500),
        st.builds(Data, st.integers(0, 400 * KB_OF_A_GB), st.just({"DIRVID": 35 * KB_OF_A_GB})),
    ),
    st.lists(st.tuples(DAYS, DAYS), max_size=3),
    st.lists(st.sampled_from([CARD, OLD]), max_size=3),
)  # fmt: skip
SPLITS = st.builds(
    PaySplit, st.sampled_from(["GROUP", "GROUP_CAP", "ITEMS", "PERSON"]), st.integers(0, 90000),
    st.just(frozenset({"RENT"})),
)  # fmt: skip


@settings(max_examples=60)
@given(MONTHS, SPLITS)
def test_who_pays_never_changes_what_is_paid(month, agreed):
    split = rate_month(month, agreed)
    assert split.total_fen == rate_month(month).total_fen
    company = sum(one.amount_fen for one in split.charges if one.paid_by == "company")
    if agreed.mode == "GROUP_CAP":
        assert company == min(agreed.cap_fen, split.total_fen)


@settings(max_examples=60)
@given(MONTHS, st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_told_does_not_matter(month, dice):
    def shuffled(items):
        return dice.sample(list(items), len(items))

    other = replace(
        month, held=shuffled(month.held), suspended=shuffled(month.suspended), once=shuffled(month.once)
    )
    assert rate_month(other) == rate_month(month)


@settings(max_examples=60)
@given(MONTHS)
def test_no_day_is_charged_outside_of_the_month(month):
    for one in rate_month(month).charges:
        assert date(2026, 10, 1) <= one.service_from <= one.service_to <= date(2026, 10, 31)
        assert one.amount_fen


def test_every_product_of_the_catalogue_can_be_rated():
    for one in CATALOGUE.values():
        assert isinstance(one, Product)
        assert rate_month(Month(OCTOBER, [Held(one, date(2026, 10, 1))])).total_fen == one.fee_fen * (
            31 if one.cycle == "DAY" else 1
        )

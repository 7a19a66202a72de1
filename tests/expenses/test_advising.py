"""The cheapest plan of a line, and the cheapest plans and pools of a company, against every possibility."""

from itertools import product as every

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.expenses import advising
from console.expenses.advising import Option, Subject
from console.expenses.metering import KB_OF_A_GB, Data
from console.expenses.optimising import PoolOffer, cost, optimise
from console.expenses.rated import Usage, product
from console.plans.catalogue import products

CATALOGUE = {row["code"]: product(row) for row in products()}
MONTHS = ["2026-08", "2026-09", "2026-10"]
POOLS = [
    PoolOffer("POOL0100", 24000, 100 * KB_OF_A_GB, 300),
    PoolOffer("POOL0500", 100000, 500 * KB_OF_A_GB, 300),
]
MEMBER = CATALOGUE["POOL_MEMBER"]
PLANS = [CATALOGUE[code] for code in ("QQT5G059", "QQT5G089", "SZX029", "JTDATA020")]


def subject(gigabytes: float, minutes: int = 100, plan: str = "QQT5G089", line: int = 1) -> Subject:
    used = Usage(minutes, data=Data(int(gigabytes * KB_OF_A_GB)))
    return Subject(line, CATALOGUE[plan], (), dict.fromkeys(MONTHS, used), PLANS)


def best_of(one: Subject) -> Option:
    return min(advising.options(one, MONTHS, {}), key=lambda option: option.fen)


@pytest.mark.parametrize(
    ("gigabytes", "minutes", "best"),
    [
        (2, 100, "SZX029"),
        (19, 180, "QQT5G059"),
        (30, 290, "QQT5G089"),
        (18, 0, "JTDATA020"),
        (4, 160, "SZX029"),
    ],
)
def test_the_best_plan_is_found_for_usage_that_was_made_for_it(gigabytes, minutes, best):
    assert best_of(subject(gigabytes, minutes)).code == best


def test_what_a_plan_needs_beside_it_is_part_of_its_price():
    one = subject(14)
    along = {"JT5G049": [CATALOGUE["VNET_BASIC"]]}
    may = Subject(1, one.plan, (), one.used, [CATALOGUE["JT5G049"]])
    assert [o.fen for o in advising.options(may, MONTHS, along)] == [3 * 8900, 3 * (4900 + 300)]


def test_two_months_are_not_enough_and_a_percent_is_no_saving():
    one = subject(2)
    assert not advising.abstains(one, MONTHS)
    assert advising.abstains(one, MONTHS[1:])
    assert advising.abstains(Subject(1, one.plan, (), {MONTHS[0]: Usage()}, PLANS), MONTHS)
    assert not advising.worth_it(10000, 9900)
    assert advising.worth_it(10000, 9899)


def test_the_receipt_adds_up_to_the_promise():
    one = subject(2)
    best = best_of(one)
    months = advising.receipt(one, CATALOGUE[best.code], MONTHS)["months"]
    assert sum(fen for month in months for _item, _name, fen in month["after"]) == best.fen
    assert sum(fen for month in months for _item, _name, fen in month["before"]) == 3 * 8900


def test_a_plan_that_is_sold_in_numbers_needs_enough_lines():
    def offers(count):
        return {line: [Option("A", 300, 300, (0,)), Option("G", 200, 200, (0,))] for line in range(count)}

    assert set(optimise(offers(3), {"G": 3}, months=1).plans.values()) == {"G"}
    assert set(optimise(offers(2), {"G": 3}, months=1).plans.values()) == {"A"}
    # Two have it already and may keep it; the others would be too few without them.
    old = {line: list(reversed(options)) for line, options in offers(2).items()}
    mixed = old | {line + 2: options for line, options in offers(1).items()}
    assert set(optimise(mixed, {"G": 3}, months=1).plans.values()) == {"G"}


def test_a_pool_is_bought_when_it_is_worth_it_and_never_joined_without_one():
    heavy = {
        line: advising.options(subject(50, line=line, plan="QQT5G059"), MONTHS, {}, MEMBER)
        for line in range(10)
    }
    found = optimise(heavy, {}, POOLS)
    alone = optimise(heavy, {})
    assert found.proven and found.fen < alone.fen
    assert found.pools and len(found.members) == 10
    light = {1: advising.options(subject(1, plan="SZX029"), MONTHS, {}, MEMBER)}
    assert optimise(light, {}, POOLS).members == frozenset()


def every_choice(lines, least, pools, months):
    """The cheapest of all that there are, by trying every one."""
    found = []
    for choice in every(*(every(options, (False, True)) for options in lines.values())):
        chosen = dict(zip(lines, choice, strict=True))
        members = {line for line, (_one, pooled) in chosen.items() if pooled}
        plans = {line: one.code for line, (one, _pooled) in chosen.items()}
        for counts in every(range(3), repeat=len(pools)):
            bought = {pool.code: count for pool, count in zip(pools, counts, strict=True) if count}
            if members and not bought:
                continue
            if all(
                sum(code == plan for plan in plans.values()) >= count
                or all(lines[line][0].code == code for line, plan in plans.items() if plan == code)
                for code, count in least.items()
            ):
                found.append(cost(lines, plans, members, bought, pools, months))
    return min(found)


OPTIONS = st.lists(
    st.tuples(
        st.integers(1000, 9000), st.integers(0, 3000), st.tuples(*[st.integers(0, 40 * KB_OF_A_GB)] * 2)
    ),
    min_size=3,
    max_size=3,
).map(
    lambda made: [
        Option(code, fen + over, fen + 300, kb) for code, (fen, over, kb) in zip("ABG", made, strict=True)
    ]
)
SMALL = [PoolOffer("P", 2000, 30 * KB_OF_A_GB, 300)]


@settings(max_examples=25, deadline=None)
@given(st.lists(OPTIONS, min_size=1, max_size=3), st.integers(1, 3))
def test_nothing_is_cheaper_than_what_is_found(options, least):
    lines = dict(enumerate(options))
    found = optimise(lines, {"G": least}, SMALL, months=2)
    assert found.proven
    # The sums of the programme are not rounded to whole 分 month by month.
    assert abs(found.fen - every_choice(lines, {"G": least}, SMALL, 2)) <= 2


def test_a_company_whose_best_was_made_is_led_back_to_it():
    """Each line uses exactly what one plan contains, and sits on another: the optimum is the plan it was made for."""
    made = ["SZX029", "QQT5G059", "QQT5G089", "QQT5G059", "SZX029"] * 12
    plans = {code: CATALOGUE[code] for code in set(made)}
    lines = {}
    for line, code in enumerate(made):
        plan = plans[code]
        used = Usage(plan.voice_min, messages=plan.sms, data=Data(plan.data_mb * 1024))
        wrong = CATALOGUE["QQT5G199"]
        one = Subject(line, wrong, (), dict.fromkeys(MONTHS, used), list(plans.values()))
        lines[line] = advising.options(one, MONTHS, {})
    found = optimise(lines, {})
    assert [found.plans[line] for line in range(len(made))] == made
    assert found.fen == sum(3 * plans[code].fee_fen for code in made)

"""Shared pools of data: what is used beyond one, and whom its fee and its overage are put down to."""

from collections.abc import Mapping
from enum import StrEnum

from console.expenses.metering import KB_OF_A_GB, priced
from console.expenses.rules import shares


class PoolShare(StrEnum):
    EXCESS = "EXCESS"
    """By what somebody used beyond a fair share of the pool: those who caused the overage pay for it."""
    USAGE = "USAGE"
    EQUAL = "EQUAL"


def over_kb(used: Mapping[str, int], pool_kb: int) -> int:
    """`used`: number → kilobytes that its own allowances did not cover."""
    return max(0, sum(used.values()) - pool_kb)


def over_fen(used: Mapping[str, int], pool_kb: int, gigabyte_fen: int) -> int:
    return priced(over_kb(used, pool_kb), gigabyte_fen, KB_OF_A_GB)


def allocate(
    amount_fen: int, used: Mapping[str, int], pool_kb: int, how: str = PoolShare.EXCESS
) -> dict[str, int]:
    """Number → its part; the parts are the amount. Of equal remainders the lower number takes the 分."""
    members = sorted(used)
    if not members:
        return {}
    weights = [_weight(PoolShare(how), used[one], pool_kb, len(members)) for one in members]
    if not sum(weights):
        weights = [1] * len(members)
    return dict(zip(members, shares(amount_fen, weights), strict=True))


def _weight(how: PoolShare, used_kb: int, pool_kb: int, members: int) -> int:
    if how is PoolShare.EQUAL:
        return 1
    if how is PoolShare.USAGE:
        return used_kb
    # Times the members, so that a fair share that is no whole kilobyte stays exact.
    return max(0, used_kb * members - pool_kb)

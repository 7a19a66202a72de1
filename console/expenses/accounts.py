"""The accounts of a company's books to which its vouchers go."""

from sqlalchemy import delete, select

from console.accounts.models import Company
from console.core import acting, permissions
from console.core.db import session
from console.core.permissions import Permission
from console.expenses.models import VoucherAccount
from console.expenses.vouchers import Accounts

SINGLE = ("expense", "input_vat", "payable", "supplier", "deductible")
NO = "no"


def of_company() -> Accounts:
    """With the usual ones where nothing else was said."""
    found = {(one.role, one.department): one.account for one in session.scalars(select(VoucherAccount))}
    usual = Accounts()
    return Accounts(
        expense=found.get(("expense", ""), usual.expense),
        input_vat=found.get(("input_vat", ""), usual.input_vat),
        payable=found.get(("payable", ""), usual.payable),
        supplier=found.get(("supplier", ""), usual.supplier),
        expense_of={
            department: account
            for (role, department), account in found.items()
            if role == "expense" and department
        },
        deductible=found.get(("deductible", "")) != NO,
    )


def choose(role: str, single: dict[str, str], of_departments: dict[str, str]) -> None:
    """All of them at once; an empty one goes back to the usual."""
    permissions.check(role, Permission.STATEMENTS_CLOSE)
    session.get_one(Company, acting.company(), with_for_update=True)  # two who press at once
    session.execute(delete(VoucherAccount))
    session.add_all(
        VoucherAccount(role=name, department="", account=account)
        for name, account in single.items()
        if account and name in SINGLE
    )
    session.add_all(
        VoucherAccount(role="expense", department=department, account=account)
        for department, account in of_departments.items()
        if account and department
    )

"""Who may do what: permissions as thing:verb, and the roles that hold them."""

from enum import StrEnum

from console.core.errors import NotAllowed


class Permission(StrEnum):
    """Alphabetical, so that two people adding one meet in the same place."""

    APPROVALS_SET = "approvals:set"
    AUDIT_READ = "audit:read"
    BATCHES_APPROVE = "batches:approve"
    BATCHES_CONFIRM = "batches:confirm"
    BATCHES_READ = "batches:read"
    BATCHES_UPLOAD = "batches:upload"
    BUDGETS_SET = "budgets:set"
    DETAILS_APPROVE = "details:approve"
    DETAILS_ASK = "details:ask"
    DETAILS_READ = "details:read"
    EMPLOYEES_READ = "employees:read"
    EMPLOYEES_WRITE = "employees:write"
    HOME = "home:read"
    INVOICES_ISSUE = "invoices:issue"
    INVOICES_READ = "invoices:read"
    INVOICE_TITLES_SET = "invoice-titles:set"
    LEAVERS_ACCEPT = "leavers:accept"
    LINES_ACTIVATE = "lines:activate"
    LINES_CHANGE = "lines:change-plan"
    LINES_READ = "lines:read"
    LINES_SUSPEND = "lines:suspend"
    LINES_TERMINATE = "lines:terminate"
    PLANS_READ = "plans:read"
    REVEAL = "personal-data:reveal"
    SELF = "self:manage"
    STATEMENTS_CLOSE = "statements:close"
    STATEMENTS_READ = "statements:read"


class Role(StrEnum):
    OWNER = "owner"
    OFFICE = "office"
    HR = "hr"
    FINANCE = "finance"
    APPROVER = "approver"
    AUDITOR = "auditor"


_EVERYONE = {Permission.HOME, Permission.SELF, Permission.PLANS_READ}
_LOOKS = {Permission.BATCHES_READ, Permission.EMPLOYEES_READ, Permission.LINES_READ}
_WORKS = {Permission.BATCHES_UPLOAD, Permission.BATCHES_CONFIRM, Permission.EMPLOYEES_WRITE}
_MONEY = {
    Permission.STATEMENTS_READ,
    Permission.STATEMENTS_CLOSE,
    Permission.BUDGETS_SET,
    Permission.DETAILS_ASK,
    Permission.DETAILS_READ,
    Permission.INVOICES_READ,
    Permission.INVOICES_ISSUE,
    Permission.INVOICE_TITLES_SET,
}
_LINES = {
    Permission.LINES_ACTIVATE,
    Permission.LINES_CHANGE,
    Permission.LINES_SUSPEND,
    Permission.LINES_TERMINATE,
}

ROLES: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.OFFICE: frozenset(
        _EVERYONE
        | _LOOKS
        | _WORKS
        | _LINES
        | {
            Permission.LEAVERS_ACCEPT,
            Permission.REVEAL,
            Permission.AUDIT_READ,
            Permission.STATEMENTS_READ,
            Permission.INVOICES_READ,
        }
    ),
    Role.HR: frozenset(_EVERYONE | _LOOKS | _WORKS | {Permission.LEAVERS_ACCEPT, Permission.REVEAL}),
    Role.FINANCE: frozenset(_EVERYONE | _LOOKS | _MONEY),
    Role.APPROVER: frozenset(
        _EVERYONE | _LOOKS | {Permission.BATCHES_APPROVE, Permission.DETAILS_APPROVE, Permission.DETAILS_READ}
    ),
    Role.AUDITOR: frozenset(
        _EVERYONE
        | _LOOKS
        | {
            Permission.AUDIT_READ,
            Permission.DETAILS_READ,
            Permission.STATEMENTS_READ,
            Permission.INVOICES_READ,
        }
    ),
}


def allows(role: str, permission: Permission) -> bool:
    return permission in ROLES[Role(role)]


def check(role: str, permission: Permission) -> None:
    """Asked where a person commits himself: upload, fix, confirm. Raises NotAllowed."""
    if not allows(role, permission):
        raise NotAllowed(permission=permission.value)

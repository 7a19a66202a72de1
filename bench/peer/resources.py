"""The same roster for django-import-export: how its documentation begins, and with all that it offers for speed."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from import_export import fields, resources, widgets
from import_export.instance_loaders import CachedInstanceLoader

from bench import lean
from bench.lean import KINDS, PAYMENTS, Wrong, text
from bench.peer.models import CostCenter, Department, Person, Plan


class Ruled(widgets.Widget):
    """A cell by one of the rules that all take part with; Wrong is what the library knows as ValueError."""

    def __init__(self, rule: Any) -> None:
        super().__init__()
        self.rule = rule

    def clean(self, value: Any, row: Any = None, **_named: Any) -> Any:
        try:
            return self.rule(_as_calamine("" if value is None else value), row)
        except Wrong as wrong:
            raise ValueError(wrong.args[0]) from None


def _as_calamine(value: Any) -> Any:
    return float(value) if type(value) is int else value


def _kind(value: Any, _row: Any) -> str:
    if (kind := KINDS.get(text(value))) is None:
        raise Wrong("E_DOC_TYPE")
    return kind


def _document(value: Any, row: Any) -> str:
    kind = KINDS.get(text(row[lean.FIELDS["document_type"]]))
    return lean.document_number(value, kind, date.today(), lost=False)


def _payment(value: Any, _row: Any) -> str:
    if (payment := PAYMENTS.get(text(value))) is None:
        raise Wrong("E_CHOICE")
    return payment


def _until(value: Any, _row: Any) -> str | None:
    until = lean.last_day(value)
    if until and until < date.today().isoformat():
        raise Wrong("E_ID_EXPIRED")
    return until


class Related(widgets.ForeignKeyWidget):
    """Its own way: one query for each cell. One that is not there is a mistake in the cell."""

    def clean(self, value: Any, row: Any = None, **named: Any) -> Any:
        try:
            return super().clean(text(value) if value else value, row, **named)
        except self.model.DoesNotExist:
            raise ValueError("E_UNKNOWN") from None


class Remembered(Related):
    """One query for all cells."""

    def get_instance_by_lookup_fields(self, value: Any, row: Any, **_named: Any) -> Any:
        if not hasattr(self, "known"):
            self.known = {getattr(one, self.field): one for one in self.model.objects.all()}
        if value not in self.known:
            raise ValueError("E_UNKNOWN")
        return self.known[value]


def _field(name: str, widget: Any) -> fields.Field:
    return fields.Field(attribute=name, column_name=lean.FIELDS[name], widget=widget)


class Roster(resources.ModelResource):
    """`stock`."""

    employee_number = _field("employee_number", Ruled(lambda value, _row: text(value)))
    name = _field("name", Ruled(lambda value, _row: lean.person_name(value)))
    document_type = _field("document_type", Ruled(_kind))
    document_no = _field("document_no", Ruled(_document))
    document_until = _field("document_until", Ruled(_until))
    department = _field("department", Related(Department, "path"))
    cost_center = _field("cost_center", Related(CostCenter, "code"))
    phone = _field("phone", Ruled(lambda value, _row: lean.mobile(value)))
    plan = _field("plan", Related(Plan, "name"))
    payment = _field("payment", Ruled(_payment))

    class Meta:
        model = Person
        fields = tuple(lean.FIELDS)
        import_id_fields = ("employee_number",)

    def before_import(self, dataset: Any, **named: Any) -> None:
        self.numbers: set[str] = set()
        self.documents: set[str] = set()

    def import_instance(self, instance: Any, row: Any, **named: Any) -> None:
        """Also what no single cell can say: what must be there, what goes together, what repeats."""
        try:
            super().import_instance(instance, row, **named)
        finally:  # of two that are the same, the first keeps it though it may be wrong itself
            again = [self._repeated(self.numbers, instance.employee_number)]
            again += [self._repeated(self.documents, instance.document_no)]
        if any(again):
            raise ValidationError("E_DUP")
        if instance.department_id is None or instance.plan_id is None:
            raise ValidationError("E_REQUIRED")
        if instance.document_type == "RESIDENT_ID" and not lean.is_han(instance.name):
            raise ValidationError("E_NAME_DOC")
        instance.monthly_fen, instance.cycle_fen = instance.plan.monthly_fen, instance.plan.cycle_fen

    @staticmethod
    def _repeated(seen: set[str], value: str) -> bool:
        repeated = value in seen
        if value:
            seen.add(value)
        return repeated


class TunedRoster(Roster):
    """`tuned`."""

    department = _field("department", Remembered(Department, "path"))
    cost_center = _field("cost_center", Remembered(CostCenter, "code"))
    plan = _field("plan", Remembered(Plan, "name"))

    class Meta:
        model = Person
        fields = tuple(lean.FIELDS)
        import_id_fields = ("employee_number",)
        use_bulk = True
        batch_size = 1000
        skip_diff = True
        skip_html_diff = True
        report_skipped = False
        instance_loader_class = CachedInstanceLoader

"""The pages of repair workbooks: given out, taken back, and what came of them."""

from io import BytesIO
from typing import Any

from flask import Response, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import freshness
from console.audit import actions as audit
from console.bulk import merging, presenting, queries, repairing, uploading
from console.bulk.fixing_views import get_batch
from console.bulk.kind import KINDS, UploadKind
from console.bulk.models import Batch, Correction
from console.bulk.presenting import Shown
from console.bulk.states import CorrectionState, RowState
from console.core import permissions
from console.core.db import session, transaction
from console.core.errors import ConsoleError, NotFound
from console.core.permissions import Permission, allows
from console.core.web import ConsoleView, requires
from console.spreadsheets.limits import DEFAULT
from console.spreadsheets.repair_tokens import find_token

LISTS = ("gone_on", "added", "copied", "foreign")
OPEN = (CorrectionState.RECEIVED, CorrectionState.MERGING)


class RepairPages(ConsoleView):
    """Of the batches; console/bulk/views.py adds the others."""

    permission = Permission.BATCHES_READ

    @expose("/<int:batch_id>/repair.xlsx")
    @requires(Permission.REVEAL)
    def repair_workbook(self, batch_id: int) -> Any:
        """As the person uploaded it, so that it can be mended in Excel."""
        batch = get_batch(batch_id)
        kind = KINDS[batch.kind]
        permissions.check(current_user.role, kind.permission)
        if merging.is_over(batch):
            return redirect(presenting.batch_url(batch))
        back = url_for("bulk.check", batch_id=batch.id)
        if detour := freshness.code_first(back, _("下载完整证件号码前需要再验证一次，之后请再按一次下载")):
            return detour
        with transaction():
            audit.record("reveal", "batches", batch.id, {"purpose": "mending", "fields": ["all rows"]})
        name = _("%(title)s-修正表", title=batch.title) + ".xlsx"
        return send_file(BytesIO(repairing.workbook(batch, kind)), as_attachment=True, download_name=name)

    @expose("/<int:batch_id>/repair", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def correct(self, batch_id: int) -> Any:
        """Dropped on the check page of a batch."""
        batch, file = get_batch(batch_id), request.files.get("roster")
        name, content = (file.filename or "", file.read()) if file else ("", b"")
        try:
            token = find_token(content)
            if len(content) > DEFAULT.upload_bytes:
                raise ConsoleError("F_TOO_LARGE", file=name)
            if token is None:
                raise ConsoleError("F_REPAIR_NONE", file=name)
            who = current_user
            with transaction():
                correction = merging.receive(who.role, who.user_id, name, content, token, batch.id)
        except ConsoleError as error:
            if not error.code.startswith("F_"):
                raise
            problem = uploading.trouble(error)
            return self.render("bulk/repair_refused.html", **_around(batch), problem=problem), error.status
        return redirect(where(correction))

    @expose("/corrections/<int:correction_id>")
    def correction(self, correction_id: int) -> Any:
        """While it is merged, and what came of it."""
        correction = _get(correction_id)
        batch = get_batch(correction.batch_id)
        around = _around(batch) | {
            "progress_url": url_for(".correction_progress", correction_id=correction.id)
        }
        if correction.state in OPEN:
            return self.render("bulk/repair_merging.html", **around)
        if correction.state == CorrectionState.REFUSED:
            refusal = correction.refusal or {}
            error = ConsoleError(refusal.get("code"), **refusal.get("values", {}))
            return self.render("bulk/repair_refused.html", **around, problem=uploading.trouble(error))
        return self.render("bulk/repair_merged.html", **around, **_outcome(correction, KINDS[batch.kind]))

    @expose("/corrections/<int:correction_id>/progress")
    def correction_progress(self, correction_id: int) -> Any:
        correction = _get(correction_id)
        if correction.state in OPEN:
            return self.render(
                "bulk/_merging.html",
                progress_url=url_for(".correction_progress", correction_id=correction_id),
            )
        return Response(status=200, headers={"HX-Redirect": where(correction)})


def where(correction: Correction) -> str:
    return url_for("bulk.correction", correction_id=correction.id)


def _get(correction_id: int) -> Correction:
    """Fetch is check: another company's is not there."""
    found = session.get(Correction, correction_id)
    if found is None:
        raise NotFound()
    return found


def _around(batch: Batch) -> Shown:
    role = current_user.role
    may_mend = allows(role, Permission.BATCHES_UPLOAD) and allows(role, KINDS[batch.kind].permission)
    over = merging.is_over(batch)
    return {
        "batch": presenting.head(batch, queries.tally(batch.id)),
        "check_url": presenting.batch_url(batch) if over else url_for("bulk.check", batch_id=batch.id),
        "batches_url": url_for("bulk.batches"),
        "upload_url": url_for("bulk.upload"),
        "repair_url": url_for(".correct", batch_id=batch.id) if may_mend and not over else None,
        "workbook_url": url_for(".repair_workbook", batch_id=batch.id)
        if may_mend and not over and allows(role, Permission.REVEAL)
        else None,
        "limits": uploading.limits(),
    }


def _outcome(correction: Correction, kind: UploadKind) -> Shown:
    """What was taken in, and by name all that was not."""
    details = correction.details or {}
    return {
        "counts": correction.counts,
        "left": queries.tally(correction.batch_id).of(RowState.WRONG),
        "conflicts": [_conflict(kind, *one) for one in details.get("conflicts", ())],
        "not_taken": [
            {
                "why": _WHY[name](correction.counts[name]),
                "rows": details[name],
                "total": correction.counts[name],
            }
            for name in LISTS
            if details.get(name)
        ],
    }


def _conflict(kind: UploadKind, number: int, field: str, held: str, returned: str) -> Shown:
    column = next((one for one in kind.columns if one.field == field), None)
    may_see = allows(current_user.role, Permission.BATCHES_UPLOAD) and allows(
        current_user.role, kind.permission
    )
    mask = column.mask if column and column.mask and not may_see else lambda text: text
    label = str(column.label) if column else field
    return {"number": number, "label": label, "held": mask(held), "returned": mask(returned)}


_WHY = {
    "gone_on": lambda n: _("%(n)s 行已经确认办理或已移出，保持不变", n=n),
    "added": lambda n: _("%(n)s 行是新加的，修正表只改原有的行，没有读取。新人请另传一份名单", n=n),
    "copied": lambda n: _("%(n)s 行是复制出来的，没有读取。新人请另传一份名单", n=n),
    "foreign": lambda n: _("%(n)s 行的行标识被改动过，认不出是哪一行，没有读取", n=n),
}

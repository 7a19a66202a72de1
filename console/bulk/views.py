"""The pages of a batch: upload, confirm, watch; mending is in fixing_views.py."""

from datetime import date
from io import BytesIO
from typing import Any

from flask import Response, abort, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.accounts import freshness
from console.accounts import views as sign_in
from console.accounts.forms import CodeForm
from console.accounts.models import User
from console.audit import actions as audit
from console.bulk import actions, costs, finding, presenting, queries, sheets, uploading, watching
from console.bulk.approving_views import ApprovingPages
from console.bulk.asking_views import AskingPages
from console.bulk.fixing_views import MendingPages, get_batch
from console.bulk.forms import UploadForm
from console.bulk.kind import KINDS, UploadKind
from console.bulk.leavers_views import LeaversPages
from console.bulk.models import Batch, Correction
from console.bulk.papers_views import PaperPages
from console.bulk.repairing_views import RepairPages, where
from console.bulk.states import BatchState, RowState
from console.bulk.steering_views import SteeringPages
from console.bulk.vouching_views import VouchingPages
from console.core.db import session, transaction
from console.core.errors import Conflict, ConsoleError, NotFound, TooMany
from console.core.permissions import Permission, allows
from console.core.web import page_number, requires


class BulkView(
    MendingPages,
    AskingPages,
    LeaversPages,
    RepairPages,
    SteeringPages,
    ApprovingPages,
    PaperPages,
    VouchingPages,
):
    @expose("/new", methods=["GET", "POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def upload(self) -> Any:
        form = UploadForm()
        kinds = _allowed_kinds()
        form.kind.choices = [(kind.slug, kind.title) for kind in kinds]
        if request.method == "GET":
            form.kind.data = request.args.get("kind") if request.args.get("kind") in KINDS else kinds[0].slug
        if not form.validate_on_submit():
            return self._upload_page(form, kinds)
        file, slug = form.roster.data, form.kind.data
        defaults = {
            column.field: request.form.get(column.field, "")
            for column in KINDS[slug].columns
            if column.default
        }
        content = file.read()
        file.close()
        try:
            with transaction():
                received = actions.receive(
                    current_user.role, current_user.user_id, slug, file.filename or "", content, defaults
                )
        except (ConsoleError, Conflict) as error:
            if not error.code.startswith("F_"):
                raise
            return self._upload_page(form, kinds, error), error.status, _again_after(error)
        if isinstance(received, Correction):
            return redirect(where(received))
        return redirect(url_for(".checking", batch_id=received.id))

    def _upload_page(
        self, form: UploadForm, kinds: list[UploadKind], error: ConsoleError | None = None
    ) -> Any:
        _total, recent = finding.recent(3)
        cards = [uploading.kind_card(kind, selected=kind.slug == form.kind.data) for kind in kinds]
        return self.render(
            "bulk/upload.html",
            form=form,
            upload_url=url_for(".upload"),
            batches_url=url_for(".batches"),
            kinds=cards,
            groups=uploading.groups(cards),
            default_fields=[field for kind in kinds for field in uploading.default_fields(kind)],
            limits=uploading.limits(),
            recent=[uploading.recent(shown) for shown in presenting.summaries(recent)],
            problem=uploading.trouble(error) if error else None,
        )

    @expose("/<int:batch_id>/checking")
    def checking(self, batch_id: int) -> Any:
        """While the file is read; afterwards it leads on."""
        batch = get_batch(batch_id)
        state = BatchState(batch.state)
        if state in (BatchState.ASKING, BatchState.CHECKED, *watching.SHOWN):
            return redirect(presenting.batch_url(batch))
        if state in (BatchState.RECEIVED, BatchState.CHECKING):
            head = presenting.head(batch, queries.tally(batch.id))
            return self.render("bulk/checking.html", **uploading.progress(batch), batch=head)
        return self.render("bulk/refused.html", **uploading.refused(batch))

    @expose("/<int:batch_id>/checking/progress")
    def checking_progress(self, batch_id: int) -> Any:
        batch = get_batch(batch_id)
        if batch.state not in (BatchState.RECEIVED, BatchState.CHECKING):
            target = url_for(".checking", batch_id=batch.id)
            return Response(status=200, headers={"HX-Redirect": target})
        return self.render("bulk/_checking.html", **uploading.progress(batch))

    @expose("/<int:batch_id>/confirm", methods=["GET", "POST"])
    @requires(Permission.BATCHES_CONFIRM)
    def confirm(self, batch_id: int) -> Any:
        """Carry out what was shown. An old code is asked for anew, on the way."""
        batch = get_batch(batch_id)
        shown, run_on = request.values.get("shown", ""), _day(request.values.get("run_on", ""))
        if request.method == "GET" and not shown:
            return redirect(url_for(".check", batch_id=batch_id))
        form, problem = CodeForm(), None
        if "code" in request.form:
            if form.validate_on_submit():
                user = session.get_one(User, current_user.user_id)
                problem = sign_in.verify(sign_in.method_for(user), form.code.data or "")
            else:
                problem = next(iter(form.code.errors), None)
        if problem or not freshness.is_fresh() or request.method == "GET":
            return self._ask_code(batch, shown, run_on, form, problem)
        with transaction():
            confirmed = actions.confirm(current_user.role, current_user.user_id, batch_id, shown, run_on)
        if confirmed is None:
            flash(_("名单或价格和你看到的不一样了，什么都没有办理。请看过新的结果再确认"), "warning")
            if told := presenting.difference(request.values.get("seen", ""), costs.total(batch_id)):
                flash(told, "warning")
            return redirect(url_for(".check", batch_id=batch_id, tab="ready"))
        if get_batch(batch_id).state == BatchState.APPROVING:
            flash(_("已提交审批，通过后自动办理，结果会通知你"), "success")
        return redirect(url_for(".batch", batch_id=batch_id))

    def _ask_code(
        self, batch: Batch, shown: str, run_on: date | None, form: CodeForm, problem: str | None
    ) -> Any:
        user = session.get_one(User, current_user.user_id)
        method = sign_in.method_for(user)
        day = str(run_on) if run_on else ""
        seen = request.values.get("seen", "")[:60]
        action = url_for(".confirm", batch_id=batch.id, shown=shown, run_on=day, seen=seen)
        base = url_for(".confirm", batch_id=batch.id)
        context = sign_in.factor_context(user, method, base)
        context |= {
            "methods": [
                one
                | {
                    "url": url_for(
                        ".confirm", batch_id=batch.id, method=one["key"], shown=shown, run_on=day, seen=seen
                    )
                }
                for one in context["methods"]
            ],
            "action": f"{base}?method={method}",
            "hidden": {"shown": shown, "run_on": day, "seen": seen},
            "send_back": f"{action}&method=sms",
            "summary": _("确认办理 %(n)s 人", n=queries.tally(batch.id).of(RowState.READY)),
        }
        back = url_for(".check", batch_id=batch.id)
        return self.render(
            "accounts/second_factor.html", **context, form=CodeForm(formdata=None), problem=problem,
            purpose="confirm", back_url=back,
        )  # fmt: skip

    @expose("/<int:batch_id>/withdraw", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def withdraw(self, batch_id: int) -> Any:
        with transaction():
            actions.withdraw(current_user.role, batch_id)
        flash(_("本批次已撤回，没有办理任何业务"), "success")
        return redirect(url_for(".batches"))

    @expose("/<int:batch_id>")
    def batch(self, batch_id: int) -> Any:
        batch = get_batch(batch_id)
        if batch.state not in watching.SHOWN:
            return redirect(presenting.batch_url(batch))
        return self.render("bulk/batch.html", **_watched(batch))

    @expose("/<int:batch_id>/progress")
    def progress(self, batch_id: int) -> Any:
        return self.render("bulk/_progress.html", **_watched(get_batch(batch_id)))

    @expose("/<int:batch_id>/retry", methods=["POST"])
    @requires(Permission.BATCHES_CONFIRM)
    def retry(self, batch_id: int) -> Any:
        rows = [
            int(row) if row.isascii() and row.isdecimal() else abort(400)
            for row in request.form.getlist("row")
        ]
        with transaction():
            count = actions.retry(current_user.role, batch_id, rows or None)
        flash(_("%(n)s 行正在重新办理，办成的不会再发", n=count), "success")
        return redirect(url_for(".batch", batch_id=batch_id))

    @expose("/<int:batch_id>/rows/<int:row_id>/give-back", methods=["POST"])
    @requires(Permission.BATCHES_UPLOAD)
    def give_back(self, batch_id: int, row_id: int) -> Any:
        with transaction():
            actions.give_back(current_user.role, batch_id, row_id)
        return redirect(url_for(".check", batch_id=batch_id, tab="wrong"))

    @expose("/<int:batch_id>/results.xlsx")
    def results(self, batch_id: int) -> Any:
        batch = get_batch(batch_id)
        in_full = allows(current_user.role, Permission.REVEAL) and freshness.is_fresh()
        if in_full:
            with transaction():
                audit.record("reveal", "batches", batch.id, {"purpose": "results", "fields": ["msisdn"]})
        return _download(
            sheets.results(batch, KINDS[batch.kind], in_full=in_full),
            _("%(title)s-办理结果", title=batch.title),
        )

    @expose("/template/<slug>.xlsx")
    def template(self, slug: str) -> Any:
        if slug not in KINDS:
            raise NotFound()
        kind = KINDS[slug]
        return _download(
            sheets.template(kind, current_user.company_name), _("%(kind)s名单模板", kind=kind.title)
        )

    @expose("/templates")
    def templates(self) -> Any:
        cards = [uploading.kind_card(kind) for kind in _allowed_kinds()]
        may = allows(current_user.role, Permission.BATCHES_UPLOAD)
        urls: dict[str, Any] = {"groups": uploading.groups(cards)}
        urls |= {"upload_url": url_for(".upload"), "remembered_url": url_for(".remembered") if may else None}
        return self.render("bulk/templates.html", kinds=cards, **urls)

    @expose("/")
    def batches(self) -> Any:
        may = allows(current_user.role, Permission.BATCHES_UPLOAD)
        shown = watching.listing(request.args, page_number())
        return self.render("bulk/batches.html", may_upload=may, **shown)


def _watched(batch: Batch) -> dict[str, Any]:
    may = allows(current_user.role, Permission.BATCHES_CONFIRM) and allows(
        current_user.role, KINDS[batch.kind].permission
    )
    return watching.page(batch, _tab(), page_number(), may_steer=may)


def _tab() -> str:
    tab = request.args.get("tab", "all")
    return tab if tab in ("all", "ok", "bad", "run", "wait", "wrong") else "all"


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return abort(400)


def _again_after(error: ConsoleError) -> dict[str, str]:
    return {"Retry-After": "60"} if isinstance(error, TooMany) else {}


def _allowed_kinds() -> list[UploadKind]:
    return [kind for kind in KINDS.values() if allows(current_user.role, kind.permission)]


def _download(content: bytes, name: str) -> Any:
    return send_file(BytesIO(content), as_attachment=True, download_name=f"{name}.xlsx")

"""The page of a package of invoices: how far it is, and the file."""

from io import BytesIO
from typing import Any

from flask import abort, flash, redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_login import current_user

from console.core import storage
from console.core.db import transaction
from console.core.web import ConsoleView, written
from console.invoices import packages


class PackagePages(ConsoleView):
    @expose("/packages/ask", methods=["POST"])
    def ask_for_package(self) -> Any:
        """Of what the list shows."""
        wanted = {name: written(name) for name in ("q", "state", "period", "booked")}
        with transaction():
            package = packages.ask(current_user.role, current_user.user_id, wanted)
            package_id = package.id if package else None
        if package_id is None:
            flash(_("列表里没有开好的发票"), "warning")
            return redirect(url_for(".index"))
        return redirect(url_for(".package", package_id=package_id))

    @expose("/packages/<int:package_id>/")
    def package(self, package_id: int) -> Any:
        """The whole page, or to a page that waits only the part that changes."""
        found = packages.get(package_id)
        total = len(found.invoices)
        done = total if found.file_id else packages.progress(package_id)
        waits = "HX-Request" in request.headers
        return self.render(
            "invoices/_package.html" if waits else "invoices/package.html",
            package=found,
            given_up=found.file_id is None and found.given_up,
            total=total,
            done=done,
            percent=done * 100 // total,
            days=packages.KEPT.days,
        )

    @expose("/packages/<int:package_id>/again", methods=["POST"])
    def package_again(self, package_id: int) -> Any:
        with transaction():
            packages.try_again(current_user.role, package_id)
        return redirect(url_for(".package", package_id=package_id))

    @expose("/packages/<int:package_id>/file")
    def package_file(self, package_id: int) -> Any:
        found = packages.get(package_id)
        if found.file_id is None:
            abort(404)
        return send_file(
            BytesIO(storage.get(found.file_id)), mimetype="application/zip", as_attachment=True,
            download_name=f"{_('发票')}-{package_id}.zip",
        )  # fmt: skip

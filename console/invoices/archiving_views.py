"""The page of the archive: originals with their hashes, verified while it is made."""

from io import BytesIO
from typing import Any

from flask import send_file, url_for
from flask_admin import expose

from console.core.web import ConsoleView, page_number
from console.invoices import archiving, presenting, queries

ROWS = 30


class ArchivePages(ConsoleView):
    @expose("/archive")
    def archive(self) -> Any:
        found, page = archiving.stock(queries.IN_FORCE), page_number()
        kept = archiving.page(ROWS, (page - 1) * ROWS)
        return self.render(
            "invoices/archive.html",
            stock=found,
            rows=[presenting.kept(one) for one in kept],
            broken=sum(not one.intact for one in kept),
            pager={
                "page": page, "pages": max(1, -(-found.files // ROWS)), "total": f"{found.files:,}",
                "first": min((page - 1) * ROWS + 1, found.files), "last": min(page * ROWS, found.files),
                "url": lambda number: url_for(".archive", page=number),
            },
        )  # fmt: skip

    @expose("/archive.txt")
    def archive_sums(self) -> Any:
        """For whoever compares a copy of the files with what they were."""
        content = "".join(archiving.sums()).encode()
        return send_file(
            BytesIO(content), mimetype="text/plain", as_attachment=True, download_name="SHA256SUMS.txt"
        )

"""python -m bench.peer stock|tuned FILE BOOKS.json RUNS: as JSON, seconds of each run, rows kept and peak memory."""

import gc
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.db import connection

from bench import timing


def main(how: str, file: str, books: str, runs: str) -> dict[str, Any]:
    content = Path(file).read_bytes()
    with tempfile.TemporaryDirectory(prefix="console-bench-") as folder:
        _begin(Path(folder) / "peer.sqlite3")
        from bench.peer import models, resources  # Django must be set up before its tables are declared

        _fill(models, json.loads(Path(books).read_text()))
        kind = {"stock": resources.Roster, "tuned": resources.TunedRoster}[how]
        found: dict[str, Any] = {"runs": []}
        for _ in range(int(runs)):
            models.Person.objects.all().delete()
            gc.collect()
            with timing.spending() as spent:
                found["refused"] = _imported(kind, content)
            found["runs"].append([spent.wall, spent.cpu])
        return found | {"kept": models.Person.objects.count(), "peak": timing.status("VmHWM") / 1024}


def _begin(database: Path) -> None:
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": str(database)}},
        INSTALLED_APPS=["import_export", "bench.peer"],
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    )
    django.setup()


def _fill(models: Any, books: dict[str, Any]) -> None:
    with connection.schema_editor() as editor:
        for model in (models.Department, models.CostCenter, models.Plan, models.Person):
            editor.create_model(model)
    models.Department.objects.bulk_create(models.Department(path=path) for path in books["departments"])
    models.CostCenter.objects.bulk_create(models.CostCenter(code=code) for code in books["cost_centers"])
    models.Plan.objects.bulk_create(
        models.Plan(name=name, monthly_fen=books["prices"][code][0], cycle_fen=books["prices"][code][1])
        for name, code in books["plans"].items()
    )


def _imported(kind: Any, content: bytes) -> list[int]:
    """The rows refused. The file is read twice, as its admin does: for the preview, and again when that is confirmed."""
    from import_export.formats.base_formats import XLSX

    looked = kind().import_data(XLSX().create_dataset(content), dry_run=True, raise_errors=False)
    # It knows mistakes in cells as `invalid`, and as errors what went wrong otherwise.
    assert not looked.base_errors and not looked.row_errors(), (looked.base_errors, looked.row_errors()[:1])
    if not looked.invalid_rows:
        kind().import_data(XLSX().create_dataset(content), dry_run=False, raise_errors=True)
    return sorted(row.number + 1 for row in looked.invalid_rows)


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))

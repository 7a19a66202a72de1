"""How large an uploaded table may be. The upload page shows these numbers as they stand here."""

from dataclasses import dataclass

MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    upload_bytes: int = 10 * MEGABYTE
    # Counted while unpacking: what the archive says about itself is not believed.
    unzipped_bytes: int = 200 * MEGABYTE
    # Of one archive entry, once it is larger than ratio_free_bytes: small XML repeats itself honestly.
    compression_ratio: int = 200
    ratio_free_bytes: int = 10 * MEGABYTE
    # The list of sheets, the styles, the links between parts: everything but sheets and their texts.
    small_part_bytes: int = 20 * MEGABYTE
    zip_entries: int = 2_000
    sheets: int = 50
    rows: int = 50_000
    # Titles, headings, totals and signatures that a sheet may have besides its rows of data.
    other_rows: int = 100
    columns: int = 60
    # Of all sheets together, and as many different texts: this bounds the memory.
    cells: int = 1_250_000
    cell_length: int = 32_767
    # All texts of a workbook, and all cells that are no shared texts, together.
    characters: int = 40_000_000
    blank_rows: int = 200
    seconds: float = 10.0


DEFAULT = Limits()

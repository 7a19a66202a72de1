"""Why a file as a whole is refused: a stable code with its values, never a sentence."""

F_EMPTY_FILE = "F_EMPTY_FILE"
F_NOT_SPREADSHEET = "F_NOT_SPREADSHEET"
F_PASSWORD = "F_PASSWORD"
F_XLS_OLD = "F_XLS_OLD"
F_TOO_LARGE = "F_TOO_LARGE"
F_TOO_MUCH = "F_TOO_MUCH"
F_TOO_MANY_SHEETS = "F_TOO_MANY_SHEETS"
F_ZIP_BOMB = "F_ZIP_BOMB"
F_TOO_MANY_ENTRIES = "F_TOO_MANY_ENTRIES"
F_XML_ENTITIES = "F_XML_ENTITIES"
F_DAMAGED = "F_DAMAGED"
F_TOO_MANY_ROWS = "F_TOO_MANY_ROWS"
F_TOO_MANY_COLUMNS = "F_TOO_MANY_COLUMNS"
F_CELL_TOO_LONG = "F_CELL_TOO_LONG"
F_TOO_SLOW = "F_TOO_SLOW"
F_ENCODING = "F_ENCODING"
F_NO_TABLE = "F_NO_TABLE"
F_MISSING_COLUMNS = "F_MISSING_COLUMNS"
F_NO_ROWS = "F_NO_ROWS"
F_REPAIR_KEYS = "F_REPAIR_KEYS"


class Refused(Exception):
    """The file cannot be taken. `values` never hold the contents of a data cell."""

    def __init__(self, code: str, **values: object) -> None:
        super().__init__(code, values)
        self.code = code
        self.values = values

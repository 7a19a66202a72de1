"""What may still be spent on one upload while it is read: cells, characters and time."""

import time

from console.spreadsheets.limits import Limits
from console.spreadsheets.refusals import F_TOO_MUCH, F_TOO_SLOW, Refused


class Budget:
    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        # Of this thread's own work: that the machine is busy is not the file's fault.
        self._deadline = time.thread_time() + limits.seconds
        self._cells = 0
        self._characters = 0

    def spend_cells(self, count: int) -> None:
        self._cells += count
        if self._cells > self.limits.cells:
            raise Refused(F_TOO_MUCH, what="cells", limit=self.limits.cells)

    def spend_characters(self, count: int) -> None:
        self._characters += count
        if self._characters > self.limits.characters:
            raise Refused(F_TOO_MUCH, what="characters", limit=self.limits.characters)

    def check_time(self) -> None:
        if time.thread_time() > self._deadline:
            raise Refused(F_TOO_SLOW, limit=self.limits.seconds)

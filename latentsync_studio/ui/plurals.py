"""English plurals: "%n clip(s)" is shown as "1 clip" or "3 clips"."""

from __future__ import annotations

from PySide6.QtCore import QTranslator

_MARK = "(s)"


class EnglishPlurals(QTranslator):
    """The translator that is asked last, so it is installed first; it knows every text.

    Write sources so that "s" makes the plural and no verb depends on the number.
    """

    def translate(
        self, _context: str, source: str, _disambiguation: str | None = None, n: int = -1
    ) -> str:
        """The text itself, for the number `n` where there is one."""
        if n < 0:
            return source
        return source.replace(_MARK, "" if n == 1 else "s")

    def isEmpty(self) -> bool:
        """Qt leaves out translators that say that they are empty."""
        return False

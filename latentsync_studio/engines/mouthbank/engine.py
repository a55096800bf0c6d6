"""The embedded engine behind the contract of core.engine; imports nothing heavy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from latentsync_studio.core.engine import EngineSpec
from latentsync_studio.core.settings.pages import MouthBankSettings

if TYPE_CHECKING:
    import msgspec

    from latentsync_studio.core.engine import Collector, EngineOptions, Take
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.engines.mouthbank.session import MouthBankSession


class MouthBank:
    """Redraws the mouth from the speaker's own mouths in the clip."""

    settings_type: type[msgspec.Struct] = MouthBankSettings

    def __init__(self, options: EngineOptions | None = None) -> None:  # noqa: ARG002 - needs none
        self.spec = EngineSpec(
            id="mouthbank",
            title="Mouth bank (embedded)",
            version="7",
            window=16,
        )

    def obstacle(self) -> None:
        """It runs on every machine."""

    def prepare(self, progress: Progress) -> None:
        """It needs nothing."""

    def collector(self) -> Collector:
        """Make the collector of lower-face crops."""
        from latentsync_studio.engines.mouthbank.bank import BankCollector

        return BankCollector()

    def open(self, take: Take, progress: Progress) -> MouthBankSession:
        """Build the person's model from the bank; frames are planned when they are asked for.

        Raises:
            InvalidSettingError: the settings are not of this engine.
        """
        from latentsync_studio.engines.mouthbank.session import MouthBankSession, donors_of

        progress.check()
        return MouthBankSession(take, donors_of(take), self.spec)

"""Why an update is not taken, or did not work."""

from __future__ import annotations

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language


class Trouble(Exception):
    """why: a message id, one sentence; `facts` fill its fields."""

    def __init__(self, why: str, /, **facts: str) -> None:
        super().__init__(why.format(**facts))
        self.why, self.facts = why, facts

    def text(self, language: Language) -> str:
        """The sentence."""
        return translate(self.why, language, **self.facts)


NO_IMAGE = "This box was not started from the image: it is updated as it was installed."
NO_FILE = "There is no file {file}."
NOT_A_BUNDLE = "This is no update bundle of Nightbell."
CUT_SHORT = "The bundle is not whole: it was cut short on its way."
UNSIGNED = "The bundle is not signed."
STRANGER = "The bundle is not signed by anybody whom this box trusts."
DAMAGED = "The bundle is damaged: its content is not what was signed."
WRONG_BOX = "The bundle is for {other}, and this box is {own}."
REFUSED = "The bundle is refused: {why}"
OLDER = "{version} is older than what runs, {running}: tick that an older one is wanted."
TOO_OLD = "{version} cannot read the records as they are now: it is too old for this box."
TOO_NEW = (
    "From {version} there would be no way back with the records: install a version between it and {running} first."
)
BUSY = "An update is under way already."
ON_TRIAL = "The version that runs is not confirmed yet: wait until it is."
NOT_CONFIRMED = "The other slot has nothing that ever worked."
NOTHING_WAITS = "Nothing waits for a restart."
NO_ROOM = "The bundle has {size} MB, and only {free} MB are free."
TOO_LARGE = "The bundle has {size} MB; the largest that fits a slot has {largest} MB."
NOT_THERE = "{file} is not where bundles lie."
TOO_LONG = "The installation took longer than {minutes} minutes and was ended."
NOT_INSTALLED = "The installation failed: {why}"
CUT_OFF = "The installer ended without a word."
RESTARTED = "The box was restarted while it was being installed."
NO_START = "The new version did not start."
UNWELL = "The new version did not work within {minutes} minutes: {parts}."
LOST = "It started twice without being found to work."
CALLED_OFF = "Called off by {by}."

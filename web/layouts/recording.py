"""Whose talk is recorded, in what form, how long it is kept, and who is told before."""

from __future__ import annotations

from pbx.plan_recording import Recording, RecordingRule
from web.forms.layout import Field, Group, Layout, Shape
from web.layouts.common import ID

MODES = {"always": "always recorded", "never": "never recorded", "on-demand": "recorded when somebody presses the key"}

RULE = Shape(
    RecordingRule,
    (
        Group(
            "",
            (
                ID,
                Field("mode", "Talk is", choices=MODES),
                Field("extensions", "of these extensions", "Empty: of all.", ref="extensions"),
                Field(
                    "direction",
                    "in this direction",
                    choices={"internal": "between extensions", "in": "from outside", "out": "to outside"},
                    usual="in any",
                ),
                Field("queue", "through this queue", usual="through any or none"),
                Field("keep_days", "Kept for (days)", usual="as all"),
            ),
        ),
    ),
)
LAYOUT = Layout(
    name="recording",
    path=("pbx", "recording"),
    home="/exchange/edit/recording",
    title="Recording rules",
    help="Of rules that fit, the one about the fewest extensions counts. "
    "Recordings themselves are on the page “Recordings”.",
    item=Shape(
        Recording,
        (
            Group("Usually", (Field("mode", "Talk that no rule is about is", choices=MODES),)),
            Group("Rules", (Field("rules", "Rules", rows=RULE),)),
            Group(
                "Said before",
                (
                    Field(
                        "announce",
                        "Who is told before",
                        choices={"no": "nobody", "outside": "who is outside", "both": "both"},
                    ),
                    Field("announce_in", "in", choices={"zh": "Chinese", "en": "English"}),
                    Field("announcement", "in these words"),
                ),
            ),
            Group(
                "Keeping",
                (
                    Field(
                        "format",
                        "Form",
                        choices={
                            "alaw": "A-law, 8 bits",
                            "ulaw": "µ-law, 8 bits",
                            "pcm16": "PCM, 16 bits",
                            "pcm8": "PCM, 8 bits",
                            "gsm": "GSM 6.10, smallest",
                        },
                    ),
                    Field("keep_days", "Deleted after (days)", "What somebody has marked stays."),
                    Field(
                        "key",
                        "Key during talk that begins and ends a recording",
                        wrong="A * or # and one or two digits.",
                    ),
                ),
            ),
        ),
    ),
)

"""What telephones can do besides calling: star codes, pick-up groups, mailboxes, fax lines, paging zones."""

from __future__ import annotations

from pbx.plan_fax import FaxLine, FaxPlan
from pbx.plan_features import FeaturesPlan
from pbx.plan_paging import PagingPlan, PagingZone, Speakers
from pbx.plan_voicemail import Mailboxes, VoicemailPlan
from web.forms.layout import Field, Group, Layout, Shape
from web.layouts.common import NAME, extensions

HOME = "/exchange/card"
STAR = "A star and up to three digits, such as *70; empty for none."
CODE = "Digits, * and # only."
MOBILE = "Digits only, or + before them."
KEYS = "* or #, then one or two more keys; empty for none."


def _star(name: str, label: str, help: str = "") -> Field:
    return Field(f"codes.{name}", label, help, wrong=STAR)


def _keys(name: str, label: str, help: str = "") -> Field:
    return Field(f"keys.{name}", label, help, wrong=KEYS)


FEATURES = Layout(
    name="star-codes",
    path=("pbx", "features"),
    home=HOME,
    title="Star codes and pick-up groups",
    help="What is dialled or pressed for each feature; the card for telephones follows.",
    item=Shape(
        FeaturesPlan,
        (
            Group(
                "Star codes",
                (
                    _star("pick_up", "Pick up", "With an extension after it that one, alone any of the group."),
                    _star("park", "Park", "A number is said by which any telephone takes the caller up."),
                    _star("forward_always", "Forward every call", "Then the number. With # for * it ends."),
                    _star("forward_busy", "Forward when busy"),
                    _star("forward_no_answer", "Forward when not answered"),
                    _star("do_not_disturb", "Do not disturb"),
                    _star("call_waiting", "Call waiting"),
                    _star("follow_me", "Follow me", "Then the extension at which one is."),
                    _star("take_over", "Take over another's calls", "Then the extension whose calls ring here."),
                    _star("seat", "Free seating", "Then one's own number and PIN; with # for * one leaves."),
                ),
                help="A field that is empty: nobody has that feature.",
            ),
            Group(
                "Keys while talking",
                (
                    _keys("transfer", "Hand on", "Then a number."),
                    _keys("consult", "Ask somebody first", "Then a number; hanging up hands over."),
                    _keys("back", "Back to the first"),
                    _keys("together", "All three together"),
                    Field("keys.outside", "Also for whoever is outside"),
                ),
                folded=True,
            ),
            Group(
                "Pick-up groups and the operator",
                (
                    Field(
                        "groups",
                        "Extensions that pick up for one another, a group a line",
                        "Without any group, those of the same row of extensions do.",
                        hint="8001-8010, 8050",
                    ),
                    Field(
                        "operator",
                        "The operator's extension",
                        "Gets what nobody else takes.",
                        ref="extensions",
                        free=True,
                        usual="none",
                    ),
                    Field(
                        "take_over",
                        "Calls of another's extension may be taken over by",
                        choices={"nobody": "nobody", "group": "the same group", "anyone": "anyone"},
                    ),
                    Field("seconds", "Rings so long before it counts as not answered (seconds)"),
                ),
            ),
            Group(
                "Free seating",
                (
                    extensions(
                        "seating.numbers", "Numbers that their people may bring to other telephones", usual="none"
                    ),
                    extensions("seating.telephones", "Telephones to which they may come", usual="all"),
                    Field("seating.hours", "Then a number is at its own telephone again (hours; 0: never)"),
                ),
                folded=True,
            ),
            Group(
                "Parking and hold",
                (
                    Field(
                        "parking.slots",
                        "Numbers by which parked callers are taken up",
                        hint="701-709",
                        wrong="A run such as 701-709.",
                    ),
                    Field("parking.minutes", "Then whoever parked them is rung (minutes)"),
                    Field(
                        "hold_music",
                        "Music for who waits",
                        "In turn; without any, music of our own.",
                        ref="sounds",
                        wide=True,
                    ),
                ),
            ),
        ),
    ),
)
VOICEMAIL = Layout(
    name="mailboxes",
    path=("pbx", "voicemail"),
    home="/exchange/edit/mailboxes",
    title="Mailboxes",
    item=Shape(
        VoicemailPlan,
        (
            Group(
                "For all mailboxes",
                (
                    Field("number", "Dialled to listen to one's own messages", hint="*98", wrong=CODE),
                    Field(
                        "leave",
                        "Dialled before an extension to leave it a message",
                        hint="*99",
                        usual="none",
                        wrong=CODE,
                    ),
                    Field("mail_by", "Mail server", ref="mail", usual="the first of the plan"),
                ),
            ),
            Group(
                "Who has one",
                (
                    Field(
                        "boxes",
                        "Mailboxes",
                        rows=Shape(
                            Mailboxes,
                            (
                                Group(
                                    "",
                                    (
                                        Field(
                                            "numbers",
                                            "Extension or run of them",
                                            hint="8081-8090",
                                            wrong="A number, or a run such as 8081-8090.",
                                        ),
                                        Field("longest", "Seconds of a message at most"),
                                        Field("most", "Messages kept at once"),
                                        Field("keep_days", "Kept for (days)"),
                                        Field(
                                            "sms", "Mobile that is written to", "Of one extension only.", wrong=MOBILE
                                        ),
                                        Field("mail", "Mail that is sent the message", "Of one extension only."),
                                    ),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)
FAX = Layout(
    name="fax-lines",
    path=("pbx", "fax"),
    home="/exchange/faxes",
    title="Fax lines",
    item=Shape(
        FaxPlan,
        (
            Group(
                "Fax lines",
                (
                    Field(
                        "lines",
                        "What is sent to them is kept as a PDF",
                        rows=Shape(
                            FaxLine,
                            (
                                Group(
                                    "",
                                    (
                                        Field(
                                            "number",
                                            "Number",
                                            "Dialled from inside; a rule leads calls to it.",
                                            hint="8700",
                                            wrong="2 to 6 digits.",
                                        ),
                                        NAME,
                                        Field(
                                            "mail", "Mails that are sent the PDF", hint="office@hospital.cn", wide=True
                                        ),
                                        Field("sms", "Mobile that is told", wrong=MOBILE),
                                    ),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
            Group(
                "For all faxes",
                (
                    Field(
                        "station",
                        "Our number, as the other machine shows it",
                        hint="+86 571 88880005",
                        wrong="Digits, blanks and + only.",
                    ),
                    Field(
                        "header",
                        "Printed at the top of each page",
                        "Latin letters: fax machines know no others.",
                        hint="Renhe Hospital",
                        wrong="Latin letters, digits and . , + ( ) / - only.",
                    ),
                    Field("tries", "Tries when it is busy or not answered"),
                    Field("again_minutes", "Minutes between them"),
                    Field("keep_days", "Kept for (days)"),
                    Field("mail_by", "Mail server", ref="mail", usual="the first of the plan"),
                ),
            ),
        ),
    ),
)
PAGING = Layout(
    name="paging-zones",
    path=("pbx", "paging"),
    home="/exchange/edit/paging-zones",
    title="Paging zones",
    item=Shape(
        PagingPlan,
        (
            Group(
                "Paging by telephone",
                (Field("number", "Dialled before a zone's code", hint="*80", wrong=CODE),),
            ),
            Group(
                "Zones",
                (
                    Field(
                        "zones",
                        "Zones",
                        rows=Shape(
                            PagingZone,
                            (
                                Group(
                                    "",
                                    (
                                        Field("code", "Code", hint="1", wrong="1 to 4 digits."),
                                        NAME,
                                        extensions("by", "Extensions that may page it"),
                                        extensions("phones", "Telephones that answer by themselves"),
                                        Field("places", "Places of the wards", ref="places"),
                                        Field("longest", "Seconds of a page at most"),
                                        Field(
                                            "speakers",
                                            "Loudspeakers in the network",
                                            rows=Shape(
                                                Speakers,
                                                (
                                                    Group(
                                                        "",
                                                        (
                                                            Field("address", "Multicast address", hint="239.192.0.1"),
                                                            Field("port", "Port"),
                                                            Field("interface", "Network card", hint="eth0"),
                                                        ),
                                                    ),
                                                ),
                                            ),
                                        ),
                                    ),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
        ),
    ),
)

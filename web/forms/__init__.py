"""Forms for the sections of the plan: a layout says what is shown, pydantic says of what kind it is.

    LAYOUT = Layout(
        name="trunks",                       # /exchange/edit/trunks
        path=("pbx", "trunks"),              # where it stands in the plan: a list of tables …
        item=Shape(SipTrunk, (               # … each of which is such a section (or `Variants` by a tag)
            Group("The line", (Field("name", "Name"), Field("channels", "Calls at once"))),
        )),
        title="Trunks", one="trunk", home="/exchange/trunks",
    )

A layout in `web.layouts.LAYOUTS` has its pages (`web.pages.sections`): list, order, form, copy, removal. A section that
is no list is a layout whose `path` leads to the table itself; keys of its fields may be dotted (`outgoing.access`).

The kind of a field follows from the section's annotation (`web.forms.models`): text, both languages, number, yes or
no, choice, ticks, list, rows of other sections, hours. `ref` makes it a choice among names that the plan has
(`web.forms.names`). What is typed becomes plain TOML values (`web.forms.reading`): what is empty, or as it is anyway,
is left out; keys that no field shows stay. Complaints of the checker find their field by its path
(`web.forms.complaints`).

Labels and helps are English message ids; the Chinese is in `web/locale/zh.po`, and `tests/web/test_layouts.py` looks
that none is missing and that every key of a section has its field.
"""

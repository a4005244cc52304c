"""Documents that voice menus fax to whoever calls: uploaded, looked at, deleted where no menu names them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from appliance.foundation.i18n import translate
from appliance.foundation.values import Language
from pbx.fax.documents import NotKept
from pbx.ivr.nodes import Fax
from pbx.plan import PbxPlan
from web.panel import Answer, Panel
from web.visit import Redirect, Refused, Visit

LIST = "/exchange/faxes"
HERE = f"{LIST}/documents"
NO_DOCUMENT = "There is no such document."
USED = "{name} is faxed by the voice menu {menu}. Change that first."


def add(panel: Panel) -> None:
    """Put these on the panel; they are listed on the page of the faxes."""
    house = panel.house

    @panel.route(HERE, "faxes", method="POST")
    async def keep(visit: Visit) -> Answer:
        pdf = visit.upload("pdf")
        if not pdf.startswith(b"%PDF-"):
            raise Refused(400, "Choose the PDF that callers may have faxed.")
        try:
            await house.faxes().documents.keep(visit.field("name").strip(), pdf, visit.user.name)
        except NotKept as why:
            raise Refused(409, str(why)) from why
        raise Redirect(LIST)

    @panel.route(f"{HERE}/<name>.pdf", "faxes")
    async def show(visit: Visit, name: str) -> Answer:
        document = await house.faxes().documents.one(name)
        if document is None:
            raise Refused(404, NO_DOCUMENT)
        visit.request.setHeader("content-type", "application/pdf")
        visit.request.setHeader("content-disposition", f'inline; filename="{document.name}.pdf"')
        return house.faxes().documents.pdf(document.name).read_bytes()

    @panel.route(f"{HERE}/<name>/delete", "faxes", method="POST")
    async def forget(visit: Visit, name: str) -> Answer:
        if menus := uses(house.pbx(), visit.language).get(name):
            said = translate(USED, visit.language, name=name, menu=menus[0])
            raise Refused(409, said)
        if not await house.faxes().documents.delete(name, visit.user.name):
            raise Refused(404, NO_DOCUMENT)
        raise Redirect(LIST)


def uses(plan: PbxPlan, language: Language) -> Mapping[str, Sequence[str]]:
    """The names of the voice menus that fax each document. One that a caller keys is named by none."""
    found: dict[str, list[str]] = defaultdict(list)
    for flow in plan.flows:
        for node in flow.nodes:
            if isinstance(node, Fax) and flow.name[language] not in found[node.document]:
                found[node.document].append(flow.name[language])
    return found

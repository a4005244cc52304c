"""The simulated hospital as one process: ward hosts, modems, carrier and phones behind one control socket."""

from __future__ import annotations

from twisted.internet.base import ReactorBase
from twisted.internet.defer import Deferred

from appliance.cards import signing
from appliance.foundation import logs
from appliance.foundation.clock import ReactorClock
from appliance.plan import Plan
from appliance.settings import Settings
from appliance.simulator.card_system import CardSystem
from appliance.simulator.carrier import Carrier
from appliance.simulator.control import ControlSocket, Simulator
from appliance.simulator.hospital_verbs import HospitalSystems
from appliance.simulator.message_ends import MessageEnds
from appliance.simulator.modem import Modems
from appliance.simulator.new_phones import NewPhones
from appliance.simulator.page_statuses import PageStatuses
from appliance.simulator.pagers import PagerSystems
from appliance.simulator.scenario import Scenarios
from appliance.simulator.upsd import SimulatedUps
from appliance.simulator.ward import WardHosts
from appliance.simulator.ward_beds import Beds
from appliance.simulator.ward_statuses import WardStatuses
from pbx.engine.program import password

Part = WardHosts | Modems | PagerSystems | HospitalSystems | Scenarios | Carrier | NewPhones | CardSystem | SimulatedUps


def serve(settings: Settings, plan: Plan, reactor: ReactorBase) -> None:
    """Run until told to stop."""
    logs.start()
    clock, simulator = ReactorClock(reactor), Simulator()
    hosts = WardHosts(plan.nursecall.lines, settings.devices, reactor=reactor, clock=clock)
    modems = Modems(plan.pbx.modems, settings.devices, reactor=reactor, clock=clock)
    hosts.register(simulator)
    WardStatuses(hosts, clock).register(simulator)
    pagers = PagerSystems(plan.nursecall.pagers, settings.devices, reactor=reactor, clock=clock)
    modems.register(simulator)
    messages = MessageEnds(plan.pbx, modems.network, reactor=reactor, clock=clock)
    messages.register(simulator)
    reactor.callWhenRunning(messages.start)
    reactor.addSystemEventTrigger("before", "shutdown", messages.stop)
    pagers.register(simulator)
    PageStatuses(pagers, clock).register(simulator)
    systems = HospitalSystems(plan.nursecall, plan.site.zone, reactor=reactor, clock=clock)
    systems.register(simulator)
    parts: list[Part] = [hosts, modems, pagers, systems]
    scenarios = Scenarios(plan.nursecall, Beds(plan.nursecall, hosts.simulated), clock, simulator.answer)
    scenarios.register(simulator)
    parts.append(scenarios)
    if (card := plan.billing.card) is not None and card.is_simulated:
        books, key = settings.directory / "simulated-cards.json", signing(settings.card_secret, card)
        cards = CardSystem(card.url, key, books, reactor=reactor, clock=clock)
        cards.furnish()
        cards.register(simulator)
        parts.append(cards)
    if settings.ups is not None and settings.ups.host == "127.0.0.1":
        ups = SimulatedUps(settings.ups, reactor)
        ups.register(simulator)
        parts.append(ups)
    control = ControlSocket(simulator, settings.simulator_socket, reactor=reactor)
    if settings.simulator is not None:
        secret = password(settings.carrier)
        trunks, told = plan.pbx.carriers(), settings.carrier
        carrier = Carrier(trunks, settings.simulator, told, secret, reactor=reactor, clock=clock)
        for verb, function in carrier.verbs.items():
            simulator.register(verb, function)
        parts.append(carrier)
    if settings.provisioning is not None:
        asked = settings.provisioning
        phones = NewPhones(f"http://{asked.address}:{asked.port}/", reactor=reactor, clock=clock)
        phones.register(simulator)
        parts.append(phones)
    for part in parts:
        reactor.callWhenRunning(part.start)
        reactor.addSystemEventTrigger("before", "shutdown", part.stop)
    reactor.callWhenRunning(control.start)
    reactor.addSystemEventTrigger("before", "shutdown", lambda: Deferred.fromCoroutine(control.stop()))
    reactor.run()

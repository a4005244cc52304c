"""Nurses are rung one after another until one of them accepts; each attempt leaves its proof."""

from __future__ import annotations

from nursecall.voice_call import OVER, TAKEN
from tests.appliance.reach.cardboard import ANNA, BERTA, House
from tests.support import now

ANNAS, BERTAS = "8613800138001", "8613800138002"
CALL = "护士您好,内科一病区,二十八床呼叫,尚无人前往。"
KEYS = "接受请按1,转给下一位请按2。"


def in_chinese(message: str) -> str:
    """As ward A is spoken to."""
    from appliance.foundation.i18n import translate

    return translate(message, "zh")


def test_a_nurse_hears_the_call_and_takes_it_with_one() -> None:
    """Ward, bed, kind and waiting, no name; the call is hers, on that mobile."""
    house = House()
    going = house.carry(house.step(house.press(), "mobile", ANNA, BERTA))
    party = house.exchange.answers(ANNAS)
    assert party.heard == [CALL, KEYS]
    party.press("1")
    call = house.call()
    assert (call.state, call.acknowledged_by) == ("acknowledged", "Anna")
    assert house.results()[0] == ("Anna", "13800138001", "accepted")
    party.press("")
    assert going.called
    assert party.gone
    assert house.exchange.ringing == {}, "nobody else is rung"
    kinds = [entry.body for entry in house.journal() if entry.kind.endswith("CallStepResult")]
    assert [(one["who"], one["device"], one["outcome"]) for one in kinds] == [("Anna", "13800138001", "accepted")]


def test_the_longer_it_waits_the_more_is_said() -> None:
    """In whole minutes."""
    for seconds, words in ((60, "已等待一分钟"), (200, "已等待3分钟")):
        house = House()
        call = house.press()
        house.clock.advance(seconds)
        house.carry(house.step(call, "mobile", ANNA))
        assert words in house.exchange.answers(ANNAS).heard[0]


def test_two_rings_the_next_nurse() -> None:
    """At once."""
    house = House()
    house.carry(house.step(house.press(), "mobile", ANNA, BERTA))
    house.exchange.answers(ANNAS).press("2")
    assert list(house.exchange.ringing) == [BERTAS]
    assert house.results() == [("Anna", "13800138001", "declined"), ("Berta", "13800138002", None)]


def test_no_answer_busy_and_a_mailbox_ring_the_next_nurse() -> None:
    """Whoever has not pressed a key has not answered; a number that cannot be rung has failed."""
    for why, outcome in (("no-answer", "no-answer"), ("busy", "no-answer"), ("unreachable", "failed")):
        house = House()
        house.carry(house.step(house.press(), "mobile", ANNA, BERTA))
        house.exchange.fails(ANNAS, why)
        assert list(house.exchange.ringing) == [BERTAS]
        assert house.results()[0] == ("Anna", "13800138001", outcome)
    house = House()
    house.carry(house.step(house.press(), "mobile", ANNA, BERTA))
    mailbox = house.exchange.answers(ANNAS)
    mailbox.press("")
    mailbox.press("")
    assert mailbox.gone
    assert mailbox.heard[:4] == [CALL, KEYS, CALL, KEYS]
    assert list(house.exchange.ringing) == [BERTAS]
    assert house.results()[0] == ("Anna", "13800138001", "no-answer")


def test_who_hangs_up_without_a_key_has_not_answered() -> None:
    """The next is rung."""
    house = House()
    house.carry(house.step(house.press(), "mobile", ANNA, BERTA))
    house.exchange.answers(ANNAS).leave()
    assert house.results()[0] == ("Anna", "13800138001", "no-answer")
    assert list(house.exchange.ringing) == [BERTAS]


def test_who_hangs_up_after_accepting_has_accepted() -> None:
    """Thanks are not waited for."""
    house = House()
    house.carry(house.step(house.press(), "mobile", ANNA))
    party = house.exchange.answers(ANNAS)
    party.press("1")
    party.leave()
    assert house.results() == [("Anna", "13800138001", "accepted")]


def test_the_exchange_is_down_so_the_next_step_is_taken_at_once() -> None:
    """Nobody of this step is left who may come."""
    house = House()
    house.exchange.away = True
    going = house.carry(house.step(house.press(), "mobile", ANNA, BERTA))
    assert going.called
    told = house.call().told
    assert [one.outcome for one in told if one.serial == 1] == ["failed", "failed"]


def test_a_telephone_that_rings_is_hung_up_when_the_call_is_over() -> None:
    """And nobody else is rung."""
    house = House()
    going = house.carry(house.step(house.press(), "mobile", ANNA, BERTA))
    house.reset()
    assert house.exchange.ringing == {}
    assert going.called
    assert len(house.exchange.rung) == 1


def test_who_is_listening_hears_that_the_call_is_over() -> None:
    """Then is hung up."""
    house = House()
    going = house.carry(house.step(house.press(), "mobile", ANNA, BERTA))
    party = house.exchange.answers(ANNAS)
    house.reset()
    assert party.heard[-1] == in_chinese(OVER)
    assert party.gone
    assert going.called


def test_who_is_listening_hears_that_somebody_else_came() -> None:
    """Taken at the station meanwhile; nothing is noted of who was not at fault."""
    house = House()
    call = house.press()
    house.carry(house.step(call, "mobile", ANNA, BERTA))
    party = house.exchange.answers(ANNAS)
    now(house.wards.acknowledge(call.id, "Clara"))
    assert party.heard[-1] == in_chinese(TAKEN)
    assert house.results()[0] == ("Anna", "13800138001", None)
    assert house.call().acknowledged_by == "Clara"


def test_a_desk_shows_and_speaks_and_is_named_by_its_number() -> None:
    """Nobody says who takes it there."""
    house = House()
    house.carry(house.step(house.press(), "desk", ("ward-a", "8001")))
    assert house.exchange.rung == [("8001", 25.0, "28床 呼叫")]
    house.exchange.answers("8001").press("1")
    assert house.call().acknowledged_by == "电话 8001"


def test_a_telephone_rings_as_long_as_the_step_says() -> None:
    """Fifteen seconds here."""
    house = House()
    from nursecall.plan_escalation import Step, Tree

    tree = Tree(id="t", steps=(Step(by="mobile", ring=15),), failsafe=Step(by="station"))
    nursecall = house.plan.nursecall.model_copy(update={"escalations": (tree,)})
    house.plan = house.plan.model_copy(update={"nursecall": nursecall})
    house.carry(house.step(house.press(), "mobile", ANNA, tree="t"))
    assert house.exchange.rung[0][1] == 15


def test_a_nurse_who_is_still_being_told_is_not_rung_twice() -> None:
    """The next attempt waits until the first is over."""
    house = House()
    call = house.press()
    house.carry(house.step(call, "mobile", ANNA))
    house.carry(house.step(call, "mobile", ANNA))
    assert len(house.exchange.rung) == 1
    house.exchange.fails(ANNAS)
    assert len(house.exchange.rung) == 2


def test_without_a_voice_keys_still_count() -> None:
    """She knows the hospital's number; the message said the rest."""
    house = House()
    house.prompts.lost = True
    house.carry(house.step(house.press(), "mobile", ANNA))
    party = house.exchange.answers(ANNAS)
    assert party.heard == []
    party.press("1")
    assert house.call().acknowledged_by == "Anna"


def test_three_speaks_with_the_bed() -> None:
    """The ward is told when both talk, and when they have done so; then she may cancel from afar."""
    house = House()
    house.carry(house.step(house.press(), "mobile", ANNA))
    party = house.exchange.answers(ANNAS)
    party.press("1")
    party.press("3")
    [(caller, bed, terms, over)] = house.exchange.bridged
    assert (caller, bed, terms.limit and terms.limit.total_seconds()) == (party, "8028", 180)
    house.connect()
    assert house.call().state == "talking"
    assert not party.gone
    over.callback(house.ended())
    assert (house.call().state, house.call().spoken_with) == ("acknowledged", "Anna")
    assert party.gone


def test_a_bed_that_does_not_answer_is_said() -> None:
    """The call stays hers."""
    house = House()
    house.carry(house.step(house.press(), "mobile", ANNA))
    party = house.exchange.answers(ANNAS)
    party.press("1")
    party.press("3")
    house.exchange.bridged[0][3].callback(house.ended(answered=False))
    assert party.heard[-1] == "床边电话无人接听。"
    assert house.call().state == "acknowledged"


def test_a_new_exchange_lets_go_of_whoever_was_rung() -> None:
    """What went on over the old one has failed, so that the tree goes on."""
    house = House()
    house.carry(house.step(house.press(), "mobile", ANNA))
    house.phones.lines_changed()
    assert house.results()[0] == ("Anna", "13800138001", "failed")


def test_a_reset_does_not_cut_who_speaks_with_the_bed() -> None:
    """They say good-bye themselves."""
    house = House()
    house.carry(house.step(house.press(), "mobile", ANNA))
    party = house.exchange.answers(ANNAS)
    party.press("1")
    party.press("3")
    house.connect()
    house.reset()
    assert not party.gone
    house.exchange.bridged[0][3].callback(house.ended())
    assert party.gone


def test_at_our_end_telephones_are_hung_up_but_speech_goes_on() -> None:
    """Nobody is left on a silent line; nothing is said to have failed."""
    house = House()
    call = house.press()
    for nurse in (ANNA, BERTA):
        house.carry(house.step(call, "mobile", nurse)).addErrback(lambda _: None)
    listening = house.exchange.answers(ANNAS)
    house.phones.stop()
    assert listening.gone
    assert house.exchange.ringing == {}
    assert {outcome for _, _, outcome in house.results()} == {None}
    house = House()
    house.carry(house.step(house.press(), "mobile", ANNA)).addErrback(lambda _: None)
    speaking = house.exchange.answers(ANNAS)
    speaking.press("1")
    speaking.press("3")
    house.phones.stop()
    assert not speaking.gone

"""SMPP as octets: what is written is read again, however it is cut, whatever comes; and other people's codec agrees."""

from __future__ import annotations

import smpp34
from hypothesis import given
from hypothesis import strategies as st

from pbx.sms.smpp_pdu import (
    BIND_TRANSCEIVER,
    DELIVER,
    ENQUIRE,
    NACK,
    PAYLOAD,
    SUBMIT,
    UNBIND,
    Bind,
    Empty,
    Framing,
    Message,
    Named,
    Pdu,
    SmppError,
    Unreadable,
    decode,
)


def strings(most: int) -> st.SearchStrategy[str]:
    """What fits a C-octet string of a field."""
    letters = st.characters(min_codepoint=1, max_codepoint=255)
    return st.text(letters, max_size=most - 1)


OCTET = st.integers(0, 255)
MESSAGES = st.builds(
    Message,
    source=strings(21), destination=strings(21), text=st.binary(max_size=254), source_ton=OCTET, source_npi=OCTET,
    destination_ton=OCTET, destination_npi=OCTET, service_type=strings(6), esm_class=OCTET, protocol=OCTET,
    priority=OCTET, schedule=strings(17), validity=strings(17), registered=OCTET, replace=OCTET, coding=OCTET,
    default_message=OCTET, options=st.dictionaries(st.integers(0, 0xFFFF), st.binary(max_size=300), max_size=4),
)  # fmt: skip
BINDS = st.builds(
    Bind, system_id=strings(16), password=strings(9), system_type=strings(13), version=OCTET, ton=OCTET, npi=OCTET,
    address_range=strings(41),
)  # fmt: skip
SEQUENCES = st.integers(0, 0xFFFFFFFF)
PDUS = st.one_of(
    st.builds(Pdu, st.just(BIND_TRANSCEIVER), SEQUENCES, BINDS),
    st.builds(Pdu, st.sampled_from((SUBMIT, DELIVER)), SEQUENCES, MESSAGES),
    st.builds(
        Pdu, st.sampled_from((SUBMIT | NACK, DELIVER | NACK, BIND_TRANSCEIVER | NACK)), SEQUENCES,
        st.builds(Named, strings(65)), st.integers(0, 0xFFFFFFFF),
    ),
    st.builds(Pdu, st.sampled_from((ENQUIRE, UNBIND, NACK, ENQUIRE | NACK)), SEQUENCES, st.just(Empty())),
)  # fmt: skip


@given(PDUS)
def test_what_is_written_is_read(pdu: Pdu) -> None:
    """Every field of every kind."""
    assert decode(pdu.encode()) == pdu


@given(st.lists(PDUS, max_size=5), st.lists(st.integers(1, 60), min_size=1, max_size=60))
def test_however_it_is_cut_the_same_pdus_come(pdus: list[Pdu], cuts: list[int]) -> None:
    """In any pieces."""
    stream, framing, at = b"".join(pdu.encode() for pdu in pdus), Framing(), 0
    heard: list[Pdu | Unreadable] = []
    while at < len(stream):
        size = cuts[at % len(cuts)]
        heard += framing.feed(stream[at : at + size])
        at += size
    assert heard == pdus


@given(st.lists(st.binary(max_size=80), max_size=6))
def test_whatever_comes_is_a_pdu_or_refused(pieces: list[bytes]) -> None:
    """Nothing but SmppError leaves the codec."""
    framing = Framing()
    try:
        for piece in pieces:
            for pdu in framing.feed(piece):
                assert isinstance(pdu, Pdu | Unreadable)
    except SmppError:
        pass


@given(MESSAGES)
def test_somebody_elses_codec_reads_the_same(message: Message) -> None:
    """smpp34, which shares no line with ours."""
    theirs = smpp34.decode(Pdu(SUBMIT, 7, message).encode())
    assert isinstance(theirs, smpp34.SubmitSm)
    assert theirs.sequence_number == 7
    assert theirs.short_message == message.text
    assert (theirs.esm_class, theirs.data_coding) == (message.esm_class, message.coding)
    assert (theirs.dest_addr_ton, theirs.registered_delivery) == (message.destination_ton, message.registered)
    assert {tlv.tag: tlv.value for tlv in theirs.tlvs} == message.options
    if message.source.isascii() and message.destination.isascii() and message.validity.isascii():
        assert (theirs.source_addr, theirs.destination_addr) == (message.source, message.destination)
        assert theirs.validity_period == message.validity


@given(st.binary(max_size=100), st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=20))
def test_we_read_what_somebody_elses_codec_wrote(text: bytes, number: str) -> None:
    """The other way round."""
    theirs = smpp34.DeliverSm(number, "10690000", text, data_coding=8, tlvs=[smpp34.Tlv(PAYLOAD, b"long")])
    pdu = decode(theirs.encode())
    assert pdu.command == DELIVER
    assert isinstance(pdu.body, Message)
    assert (pdu.body.source, pdu.body.text, pdu.body.coding, pdu.body.body) == (number, text, 8, b"long")


def test_a_broken_body_does_not_lose_the_next_pdu() -> None:
    """Its length says where the next begins."""
    broken = (20).to_bytes(4, "big") + SUBMIT.to_bytes(4, "big") + bytes(4) + (9).to_bytes(4, "big") + b"abcd"
    heard = list(Framing().feed(broken + Pdu(ENQUIRE, 10).encode()))
    assert isinstance(heard[0], Unreadable)
    assert (heard[0].sequence, heard[1]) == (9, Pdu(ENQUIRE, 10))

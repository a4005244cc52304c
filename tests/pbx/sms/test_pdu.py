"""PDUs: the public examples of the standards, round trips, and garbage."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pbx.sms import gsm7
from pbx.sms.fields import Cursor, decode_moment, decode_validity, encode_address, encode_moment, encode_validity
from pbx.sms.pdu import (
    Alphabet,
    Concatenation,
    Deliver,
    PduError,
    StatusReport,
    Submit,
    decode_arriving,
    decode_submit,
    encode_deliver,
    encode_status_report,
    encode_submit,
    framed,
    unframed,
)
from pbx.sms.userdata import alphabet_for, cut, joined


def test_the_worked_example_of_packing() -> None:
    """`hellohello`, ten septets in nine octets."""
    packed = gsm7.pack(gsm7.encode("hellohello"))
    assert packed.hex().upper() == "E8329BFD4697D9EC37"
    assert gsm7.decode(gsm7.unpack(packed, 10)) == "hellohello"


def test_a_submit_as_it_stands_in_the_books() -> None:
    """To +46708251358, valid for four days."""
    octets = bytes.fromhex("0011000B916407281553F80000AA0AE8329BFD4697D9EC37")
    submit = Submit("+46708251358", "hellohello", Alphabet.GSM7, validity=timedelta(days=4))
    assert decode_submit(unframed(octets)) == submit
    assert framed(encode_submit(submit)) == octets


def test_a_deliver_as_it_stands_in_the_books() -> None:
    """The example of many manuals; its two-digit year is read as 20xx."""
    octets = bytes.fromhex("07917283010010F5040BC87238880900F10000993092516195800AE8329BFD4697D9EC37")
    sent_at = datetime(2099, 3, 29, 15, 16, 59, tzinfo=timezone(timedelta(hours=2)))
    assert decode_arriving(unframed(octets)) == Deliver("27838890001", "hellohello", Alphabet.GSM7, sent_at)


def test_how_are_you() -> None:
    """Another well-known one, with a negative zero for its time zone."""
    octets = bytes.fromhex("07911326040000F0040B911346610089F60000208062917314080CC8F71D14969741F977FD07")
    message = decode_arriving(unframed(octets))
    assert isinstance(message, Deliver)
    assert (message.sender, message.text) == ("+31641600986", "How are you?")
    assert message.sent_at == datetime(2002, 8, 26, 19, 37, 41, tzinfo=UTC)


def test_a_status_report_with_a_time_that_is_none() -> None:
    """A real network's: the first time stamp has a hexadecimal digit in its zone, the second is sound."""
    report = decode_arriving(bytes.fromhex("06130C91527420121670110172111332E11101721113322100"))
    done_at = datetime(2011, 10, 27, 11, 31, 23, tzinfo=timezone(timedelta(hours=3)))
    assert report == StatusReport(0x13, "+254702216107", None, done_at, 0)
    assert report.delivered
    assert not report.failed


def test_chinese_goes_as_ucs2() -> None:
    """The octets are the characters' own."""
    submit = Submit("13800138000", "护士", alphabet_for("护士"), report=True)
    assert encode_submit(submit).hex() == "2100" + "0b813108108300f0" + "0008" + "04" + "62a458eb"


def test_parts_carry_their_header() -> None:
    """8-bit and 16-bit references, as section 9.2.3.24 of TS 23.040 lays them out."""
    narrow = encode_submit(Submit("10086", "a", Alphabet.UCS2, Concatenation(0xAB, 3, 2)))
    wide = encode_submit(Submit("10086", "a", Alphabet.UCS2, Concatenation(0xABCD, 3, 2, wide=True)))
    assert narrow.hex().endswith("08" + "050003ab0302" + "0061")
    assert wide.hex().endswith("09" + "060804abcd0302" + "0061")
    assert narrow[0] == 0x41


@pytest.mark.parametrize(
    ("text", "wide", "lengths"),
    [
        ("a" * 160, False, [160]),
        ("a" * 161, False, [153, 8]),
        ("a" * 305, True, [152, 152, 1]),
        ("好" * 70, False, [70]),
        ("好" * 71, False, [67, 4]),
        ("好" * 71, True, [66, 5]),
        ("€" * 80, False, [80]),
        ("a" + "€" * 80, False, [77, 4]),
        ("好" + "🏥" * 35, False, [34, 2]),
    ],
)
def test_long_texts_are_cut_where_they_may_be(text: str, wide: bool, lengths: list[int]) -> None:
    """In as few parts as there can be, and never in the middle of an escaped character or a surrogate pair."""
    parts = cut(text, wide=wide)
    assert [len(part) for part in parts] == lengths
    assert "".join(parts) == text


@settings(deadline=None)
@given(st.text(min_size=1, max_size=700), st.booleans())
def test_a_cut_text_comes_together_again(text: str, wide: bool) -> None:
    """Through octets and back, whatever is in it; every part fits one message."""
    parts, alphabet = cut(text, wide=wide), alphabet_for(text)
    came = []
    for number, part in enumerate(parts, 1):
        place = Concatenation(7, len(parts), number, wide) if len(parts) > 1 else None
        tpdu = encode_submit(Submit("10086", part, alphabet, place))
        read = decode_submit(tpdu)
        assert read.part == place
        came.append(read.text)
    assert joined(came) == text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def test_a_surrogate_pair_that_a_phone_cut_is_whole_again() -> None:
    """Some phones cut anywhere; half a character alone becomes a replacement character, never an error."""
    assert joined(["好\ud83c", "\udfe5!"]) == "好🏥!"
    assert joined(["\ud83c"]) == "\N{REPLACEMENT CHARACTER}"


def test_unknown_escapes_are_read_as_the_standard_says() -> None:
    """An unknown extension is the plain letter; an escape without anything is a space."""
    assert gsm7.decode([0x1B, 0x65, 0x1B, 0x41, 0x1B, 0x1B, 0x1B]) == "€A  "


QUARTER = timedelta(minutes=15)
NUMBERS = st.from_regex(r"\A\+?[0-9]{1,20}\Z")
TIMES = st.datetimes(
    datetime(2000, 1, 2), datetime(2099, 12, 30), timezones=st.integers(-48, 56).map(lambda q: timezone(q * QUARTER))
).map(lambda at: at.replace(microsecond=0))
PARTS = st.none() | st.builds(
    lambda reference, parts, part, wide: Concatenation(reference, max(parts, part), min(parts, part), wide),
    st.integers(0, 255),
    st.integers(1, 255),
    st.integers(1, 255),
    st.booleans(),
)
OCTET = st.integers(0, 255)


@settings(deadline=None)
@given(NUMBERS, st.text("".join(set(gsm7.ALPHABET) - {"\x1b"}), max_size=150), TIMES, PARTS)
def test_deliver_round_trip(sender: str, text: str, at: datetime, part: Concatenation | None) -> None:
    """What the network says is what we read."""
    message = Deliver(sender, text, Alphabet.GSM7, at, part)
    assert decode_arriving(encode_deliver(message)) == message


@settings(deadline=None)
@given(OCTET, NUMBERS, TIMES, TIMES, OCTET)
def test_status_report_round_trip(reference: int, number: str, sent: datetime, done: datetime, status: int) -> None:
    """Likewise."""
    report = StatusReport(reference, number, sent, done, status)
    assert decode_arriving(encode_status_report(report)) == report


@settings(deadline=None)
@given(st.text("".join(set(gsm7.ALPHABET) - {"\x1b"}), min_size=1, max_size=11))
def test_named_senders_round_trip(name: str) -> None:
    """A sender may be a word; one of eight letters gains none."""
    assume(name.removeprefix("+").strip("0123456789*#abc"))
    assert Cursor(encode_address(name)).address() == name


@settings(deadline=None)
@given(st.timedeltas(timedelta(minutes=1), timedelta(weeks=63)))
def test_validity_is_never_shorter_than_asked(wanted: timedelta) -> None:
    """And a step shorter would be."""
    octet = encode_validity(wanted)
    assert decode_validity(octet) >= wanted
    assert octet == 0 or decode_validity(octet - 1) < wanted


@settings(deadline=None)
@given(TIMES)
def test_times_keep_their_zone(at: datetime) -> None:
    """To the second, with the offset."""
    read = decode_moment(encode_moment(at))
    assert read == at
    assert read is not None
    assert read.utcoffset() == at.utcoffset()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_garbage_is_refused_in_our_own_words(octets: bytes) -> None:
    """Nothing but PduError ever comes out, and whatever is read can be kept."""
    for decode in (decode_arriving, decode_submit):
        try:
            message = decode(octets)
        except PduError:
            continue
        if not isinstance(message, StatusReport):
            joined([message.text]).encode()
    with suppress(PduError):
        unframed(octets)


@settings(deadline=None)
@given(st.binary(max_size=180), st.sampled_from([0x00, 0x40, 0x44, 0x01, 0x51, 0x02]))
def test_half_sound_pdus_are_refused_in_our_own_words(octets: bytes, first: int) -> None:
    """A sound beginning, then noise where lengths and headers stand."""
    address = bytes.fromhex("0b813108108300f0")
    with suppress(PduError):
        decode_arriving(bytes((first,)) + address + octets)
    with suppress(PduError):
        decode_submit(bytes((first, 0)) + address + octets)


@pytest.mark.parametrize(
    "message",
    [
        Submit("", "a", Alphabet.GSM7),
        Submit("1" * 21, "a", Alphabet.GSM7),
        Submit("10086", "好", Alphabet.GSM7),
        Submit("10086", "好", Alphabet.BINARY),
        Submit("10086", "a" * 161, Alphabet.GSM7),
        Submit("10086", "a" * 71, Alphabet.UCS2),
        Submit("10086", "a", Alphabet.GSM7, Concatenation(256, 2, 1)),
        Submit("10086", "a", Alphabet.GSM7, Concatenation(1, 2, 3)),
        Submit("10086", "a", Alphabet.GSM7, reference=256),
    ],
)
def test_what_cannot_be_a_pdu_is_refused(message: Submit) -> None:
    """Before it is sent."""
    with pytest.raises(PduError):
        encode_submit(message)

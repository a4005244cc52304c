"""Cards for E1 and analogue lines: what Asterisk's chan_dahdi reads, and what `dahdi_cfg` tells the card.

The defaults are China's: E1 with HDB3, signalling in slot 16, China No. 1 for R2, 450 Hz tones with a busy tone of
350 ms on and 350 ms off, the polarity reversed when the called party answers. With a card in place
`/etc/dahdi/system.conf` should be a link to the `dahdi-system.conf` made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import count

from pbx.plan_trunks import E1_SLOTS, SIGNALS_IN, AnalogueTrunk, E1Trunk, PriTrunk, R2Trunk, Ss7Trunk, Trunk

MODULES = ("chan_dahdi",)
Options = Mapping[str, object]

_EVERY: Options = {
    "context": "carriers",
    "callerid": "asreceived",
    "usecallerid": "yes",
    "hidecallerid": "no",
    "callwaiting": "no",
    "threewaycalling": "no",
    "transfer": "no",
    "faxdetect": "no",
    "echocancel": "yes",
    "echocancelwhenbridged": "no",
    "busydetect": "no",
    "callprogress": "no",
}
"""Said anew for each trunk: chan_dahdi carries an option on to the channels below it."""


def has_cards(trunks: Iterable[Trunk]) -> bool:
    """Whether any of them needs DAHDI."""
    return any(isinstance(trunk, (E1Trunk, AnalogueTrunk)) for trunk in trunks)


def group(trunks: Sequence[Trunk], trunk: Trunk) -> int:
    """The number under which chan_dahdi knows its channels."""
    return trunks.index(trunk) + 1


def dahdi_files(trunks: Sequence[Trunk]) -> dict[str, str]:
    """Both files, by name; none where no trunk needs a card."""
    if not has_cards(trunks):
        return {}
    return {
        "chan_dahdi.conf": "".join(f"{line}\n" for line in _channels(trunks)),
        "dahdi-system.conf": "".join(f"{line}\n" for line in _system(trunks)),
    }


def _channels(trunks: Sequence[Trunk]) -> Iterator[str]:
    yield from ("[trunkgroups]", "", "[channels]")
    for trunk in trunks:
        match trunk:
            case PriTrunk():
                yield from _stretch(trunks, trunk, _pri(trunk))
                yield from _bearers(trunk)
            case R2Trunk():
                yield from _stretch(trunks, trunk, _r2(trunk))
                yield from _bearers(trunk)
            case Ss7Trunk():
                yield from _stretch(trunks, trunk, _ss7(trunk, linkset=group(trunks, trunk)))
                yield from _circuits(trunk)
            case AnalogueTrunk():
                yield from _stretch(trunks, trunk, _analogue(trunk))
                yield f"channel => {trunk.ports}"


def _stretch(trunks: Sequence[Trunk], trunk: Trunk, own: Options) -> Iterator[str]:
    options = {**_EVERY, "group": group(trunks, trunk), **own}
    yield ""
    yield from (f"{name} = {value}" for name, value in options.items())


def _pri(trunk: PriTrunk) -> Options:
    return {
        "signalling": "pri_cpe" if trunk.side == "user" else "pri_net",
        "switchtype": "euroisdn",
        "pridialplan": "unknown",
        "prilocaldialplan": "unknown",
        "overlapdial": "no",
        "priindication": "outofband",
    }


def _r2(trunk: R2Trunk) -> Options:
    return {
        "signalling": "mfcr2",
        "mfcr2_variant": "cn",
        "mfcr2_max_ani": trunk.caller_digits,
        "mfcr2_max_dnis": trunk.called_digits,
        "mfcr2_get_ani_first": "yes" if trunk.caller_first else "no",
        "mfcr2_category": "national_subscriber",
        # Files of the calls would hold what was dialled.
        "mfcr2_call_files": "no",
        "mfcr2_logging": "error,warning",
    }


def _ss7(trunk: Ss7Trunk, linkset: int) -> Options:
    return {
        "signalling": "ss7",
        "ss7type": "itu",
        "ss7_called_nai": "dynamic",
        "ss7_calling_nai": "dynamic",
        "ss7_internationalprefix": "00",
        "ss7_nationalprefix": "0",
        "linkset": linkset,
        "pointcode": trunk.own,
        "adjpointcode": trunk.peer,
        "defaultdpc": trunk.peer,
        "networkindicator": trunk.network,
    }


def _analogue(trunk: AnalogueTrunk) -> Options:
    reversal = "yes" if trunk.reversal else "no"
    shown = {"fsk": ("yes", "bell", "ring"), "dtmf": ("yes", "dtmf", "dtmf"), "no": ("no", "bell", "ring")}
    use, signalling, start = shown[trunk.caller_shown]
    own: dict[str, object] = {
        # A port is signalled as what is at its other end.
        "signalling": "fxs_ks" if trunk.kind == "fxo" else "fxo_ks",
        "usecallerid": use,
        "cidsignalling": signalling,
        "cidstart": start,
        "answeronpolarityswitch": reversal,
        "hanguponpolarityswitch": reversal,
    }
    if trunk.kind == "fxo":
        own |= {"busydetect": "yes", "busycount": 4, "busypattern": "350,350"}
    return own


def _bearers(trunk: E1Trunk) -> Iterator[str]:
    yield f"channel => {','.join(slots for span in trunk.spans for slots in _voice(span))}"


def _circuits(trunk: Ss7Trunk) -> Iterator[str]:
    """Circuit codes run through the slots of a span; a slot that signals has none in use, but is counted."""
    first, *others = trunk.spans
    yield f"sigchan = {_slot(first, SIGNALS_IN)}"
    for number, span in enumerate([first, *others]):
        begin = trunk.first_cic + number * (E1_SLOTS + 1)
        for slots, cic in zip(_voice(span), (begin, begin + SIGNALS_IN), strict=True):
            yield f"cicbeginswith = {cic}"
            yield f"channel => {slots}"


def _system(trunks: Sequence[Trunk]) -> Iterator[str]:
    yield from ("loadzone=cn", "defaultzone=cn")
    clocks = count(1)
    for trunk in trunks:
        match trunk:
            case E1Trunk():
                for span in trunk.spans:
                    yield from _span(trunk, span, next(clocks) if trunk.clock else 0)
            case AnalogueTrunk():
                yield f"{'fxsks' if trunk.kind == 'fxo' else 'fxoks'}={trunk.ports}"
                yield f"echocanceller=mg2,{trunk.ports}"


def _span(trunk: E1Trunk, span: int, clock: int) -> Iterator[str]:
    framing = "cas" if isinstance(trunk, R2Trunk) else "ccs"
    yield f"span={span},{clock},0,{framing},hdb3{',crc4' if trunk.crc4 else ''}"
    voice, signals = ",".join(_voice(span)), _slot(span, SIGNALS_IN)
    match trunk:
        case R2Trunk():
            yield f"cas={voice}:1101"
            yield f"dchan={signals}"
        case Ss7Trunk() if span != trunk.spans[0]:
            yield f"bchan={voice}"
        case Ss7Trunk():
            yield f"bchan={voice}"
            yield f"mtp2={signals}"
        case _:
            yield f"bchan={voice}"
            yield f"dchan={signals}"
    yield f"echocanceller=mg2,{voice}"


def _slot(span: int, slot: int) -> int:
    return (span - 1) * E1_SLOTS + slot


def _voice(span: int) -> tuple[str, str]:
    return (
        f"{_slot(span, 1)}-{_slot(span, SIGNALS_IN - 1)}",
        f"{_slot(span, SIGNALS_IN + 1)}-{_slot(span, E1_SLOTS)}",
    )

"""What every Asterisk configuration of ours has in common, and how it reaches the disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from pbx.engine.program import SECURITY, Engine, call_records, configured

USER = "nightbell"
"""Who we are at the REST interface; also the name of our Stasis application."""

BANS = "bans"
"""The name of the list of addresses whose SIP is refused."""

CARRIERS = "carriers"
"""The context of calls from outside."""
CALLED_IN = {f"{CARRIERS}-to": "To", f"{CARRIERS}-p-called-party-id": "P-Called-Party-ID"}
"""Contexts of trunks whose called number stands in that header."""

T38 = {
    "t38_udptl": "yes",
    "t38_udptl_ec": "redundancy",
    "t38_udptl_nat": "yes",
    "t38_bind_udptl_to_media_address": "yes",
}
"""Of an endpoint where a fax may go as T.38: a lost packet then costs nothing, while as sound it costs a line."""

_MODULES = """
res_timing_timerfd res_sorcery_config res_sorcery_memory res_sorcery_astdb res_crypto

res_pjproject res_pjsip res_pjsip_session res_pjsip_sdp_rtp res_pjsip_registrar res_pjsip_caller_id
res_pjsip_authenticator_digest res_pjsip_outbound_authenticator_digest res_pjsip_outbound_registration
res_pjsip_endpoint_identifier_ip res_pjsip_endpoint_identifier_user res_pjsip_nat res_pjsip_rfc3326
res_pjsip_transport_websocket res_srtp
res_pjsip_dtmf_info res_pjsip_pubsub res_pjsip_mwi res_pjsip_mwi_body_generator res_pjsip_header_funcs
chan_rtp res_rtp_multicast
res_pjsip_refer res_rtp_asterisk chan_pjsip chan_bridge_media

codec_alaw codec_ulaw codec_g722 codec_resample format_wav format_pcm format_sln
bridge_simple bridge_native_rtp bridge_softmix bridge_holding res_musiconhold

res_http_websocket res_websocket_client res_stasis res_stasis_answer res_stasis_playback res_stasis_recording
res_stasis_snoop res_ari res_ari_model res_ari_applications res_ari_asterisk res_ari_bridges res_ari_channels
res_ari_endpoints res_ari_events res_ari_playbacks res_ari_recordings app_stasis

pbx_config app_dial app_stack app_exec app_softhangup app_playtones app_echo app_mixmonitor app_senddtmf app_minivm
func_timeout func_channel func_callerid func_logic func_strings func_hangupcause func_global func_volume func_talkdetect

res_fax res_fax_spandsp res_pjsip_t38

res_cdrel_custom cel_custom
"""
MODULES = tuple(_MODULES.split())
"""All that is loaded, so that Asterisk is up in a second: SIP, voice, REST, plain dialplan, records.

Never res_stasis_device_state: when a connection of ours ends, it can hold the REST interface's locks for ever.
"""

TONES_OF_CHINA = """\
[general]
country=cn

[cn]
description=China
ringcadence=1000,4000
dial=450
busy=450/350,0/350
ring=450/1000,0/4000
congestion=450/700,0/700
callwaiting=450/400,0/4000
dialrecall=450
record=950/400,0/10000
info=450/100,0/100,450/100,0/100,450/100,0/100,450/400,0/400
stutter=450+425
"""


class Network(Protocol):
    """Addresses and ports; the settings' own sections have this shape."""

    @property
    def rtp_first(self) -> int: ...

    @property
    def rtp_last(self) -> int: ...

    @property
    def ari_port(self) -> int: ...


def section(name: str, *options: str, **values: object) -> str:
    """One `[name]` with its options, e.g. `section("8001", "(phone)", type="endpoint")`."""
    head = f"[{name}]{''.join(options)}"
    return "\n".join([head, *(f"{key}={value}" for key, value in values.items())]) + "\n"


def foundation(
    engine: Engine,
    directory: Path,
    network: Network,
    ari_password: str,
    *,
    http: Mapping[str, object] | None = None,
    ice: bool = False,
    modules: Sequence[str] = (),
    music: Sequence[Path] = (),
    watched: bool = False,
) -> dict[str, str]:
    """The files that are the same for any instance in `directory`: all but SIP and the dialplan.

    http: what http.conf says besides. ice: for browsers. modules: loaded besides. music: for who is on hold, in turn.
    watched: whether it writes down who proves who they are and who does not.
    """
    modules = (*modules, "res_security_log", "res_pjsip_acl") if watched else modules
    return {
        "asterisk.conf": _asterisk(engine, directory),
        "modules.conf": "[modules]\nautoload=no\n" + "".join(f"load={name}.so\n" for name in (*MODULES, *modules)),
        # Nothing chattier than a warning: notices and verbose lines hold dialled strings, and those hold PINs. Security
        # events hold whose name was given, from where, and whether it was proven: never what was dialled.
        "logger.conf": "[general]\ndateformat=%F %T.%3q\n[logfiles]\nconsole=warning,error\n"
        + (f"{SECURITY}=security\n" if watched else ""),
        "http.conf": section("general", enabled="yes", bindaddr="127.0.0.1", bindport=network.ari_port, **(http or {})),
        "ari.conf": section("general", enabled="yes", websocket_write_timeout=5000)
        + section(USER, type="user", read_only="no", password=ari_password),
        "rtp.conf": section(
            "general",
            rtpstart=network.rtp_first,
            rtpend=network.rtp_last,
            icesupport="yes" if ice else "no",
            strictrtp="yes",
        ),
        "cel.conf": section("general", enable="yes", events="CHAN_START,CHAN_END,ANSWER,HANGUP"),
        # Never the dialled extension or a caller's name: only which channel, what, and when, and which emergency number
        # our dialplan wrote on it. A card's channel is named after the number at its far end, which is no PIN.
        "cel_custom.conf": section(
            str(call_records(directory)),
            format="json",
            fields="EventType,EventTime,UniqueID,LinkedID,ChanName,UserField",
        ),
        "cdr.conf": section("general", enable="no"),
        "indications.conf": TONES_OF_CHINA,
        "musiconhold.conf": _music(music),
        # Without this *8 picks up by Asterisk's own rules, and never reaches the dialplan.
        "features.conf": section("general", pickupexten="nobody-dials-this") + "[featuremap]\n",
        # T.38 goes by the ports of talk, which the firewall lets through anyway.
        "udptl.conf": section(
            "general", udptlstart=network.rtp_first, udptlend=network.rtp_last, udptlfecentries=3, udptlfecspan=3
        ),
        "res_fax.conf": section("general", maxrate=14400, minrate=4800, statusevents="no"),
        "stasis.conf": "[taskpool]\n",
        "ccss.conf": "[general]\n",
        "acl.conf": banned(()) if watched else "",
        "minivm.conf": "[general]\n",
        "websocket_client.conf": "",
        "pjproject.conf": section("startup", log_level=0),
    }


def banned(networks: Iterable[str]) -> str:
    """acl.conf: addresses whose SIP is refused unread, as `192.0.2.7` or `192.0.2.0/24`."""
    return section(BANS) + "".join(f"deny={network}\n" for network in networks)


def _asterisk(engine: Engine, directory: Path) -> str:
    places = {
        "astetcdir": configured(directory),
        "astmoddir": engine.modules,
        "astdatadir": engine.data,
        "astvarlibdir": directory / "lib",
        "astdbdir": directory / "lib",
        "astkeydir": directory / "lib",
        "astcachedir": directory / "lib",
        "astagidir": directory / "lib",
        "astspooldir": directory / "spool",
        "astrundir": directory / "run",
        "astlogdir": directory / "log",
        "astsbindir": directory / "lib",
    }
    return (
        "[directories]\n"
        + "".join(f"{name} => {place}\n" for name, place in places.items())
        + section("options", nocolor="yes", execincludes="no", live_dangerously="no", defaultlanguage="en")
        + section("files", astctlpermissions="0600")
    )


def _music(files: Sequence[Path]) -> str:
    if not files:
        return "[general]\n"
    # Asterisk looks for the endings itself.
    entries = "".join(f"entry={file.with_suffix('')}\n" for file in files)
    return "[general]\n" + section("default", mode="playlist") + entries


def write(directory: Path, files: Mapping[str, str]) -> None:
    """Put `files` in place, each whole or not at all, for the owner's eyes only; make the directories they name."""
    for place in ("etc", "lib", "lib/keys", "spool", "run", "log"):
        (directory / place).mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, text in files.items():
        file = configured(directory) / name
        fresh = file.with_name(f".{name}.new")
        fresh.unlink(missing_ok=True)
        fresh.touch(mode=0o600)
        fresh.write_text(text)
        fresh.replace(file)


def lines(*steps: str, exten: str) -> Iterable[str]:
    """One extension of a dialplan, its steps in order."""
    yield f"exten => {exten},1,{steps[0]}"
    yield from (f" same => n,{step}" for step in steps[1:])

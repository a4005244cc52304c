"""Pictures that a kind of call or a service may have, by what they show."""

from __future__ import annotations

from collections.abc import Mapping

CALL_ICONS: Mapping[str, str] = {
    "bell": "a bell",
    "heart": "a heart",
    "siren": "a siren",
    "assist": "two people",
    "nurse": "a nurse",
    "hand": "a hand",
    "bed": "a bed",
    "toilet": "a toilet",
    "bath": "a bath",
    "shower": "a shower",
    "drip": "a drop",
    "medicine": "medicine",
    "pain": "pain",
    "thermometer": "a thermometer",
    "service": "a service bell",
    "visit": "visitors",
    "door": "a door",
    "ambulance": "an ambulance",
    "fire": "fire",
    "unplug": "a plug pulled out",
    "plug": "a plug",
    "warning": "a warning sign",
}
"""By the names that `templates/icons.html` has."""

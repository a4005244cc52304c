"""What the fields of ADT messages are called in the standard (HL7 v2.5.1, chapters 2 and 3)."""

from __future__ import annotations

NAMES: dict[str, dict[int, str]] = {
    "MSH": {
        1: "Field Separator", 2: "Encoding Characters", 3: "Sending Application", 4: "Sending Facility",
        5: "Receiving Application", 6: "Receiving Facility", 7: "Date/Time Of Message", 8: "Security",
        9: "Message Type", 10: "Message Control ID", 11: "Processing ID", 12: "Version ID", 13: "Sequence Number",
        14: "Continuation Pointer", 15: "Accept Acknowledgment Type", 16: "Application Acknowledgment Type",
        17: "Country Code", 18: "Character Set", 19: "Principal Language Of Message",
    },
    "EVN": {
        1: "Event Type Code", 2: "Recorded Date/Time", 3: "Date/Time Planned Event", 4: "Event Reason Code",
        5: "Operator ID", 6: "Event Occurred", 7: "Event Facility",
    },
    "PID": {
        1: "Set ID", 2: "Patient ID", 3: "Patient Identifier List", 4: "Alternate Patient ID", 5: "Patient Name",
        6: "Mother's Maiden Name", 7: "Date/Time of Birth", 8: "Administrative Sex", 9: "Patient Alias", 10: "Race",
        11: "Patient Address", 12: "County Code", 13: "Phone Number - Home", 14: "Phone Number - Business",
        15: "Primary Language", 16: "Marital Status", 17: "Religion", 18: "Patient Account Number", 19: "SSN Number",
        22: "Ethnic Group", 26: "Citizenship", 28: "Nationality", 29: "Patient Death Date and Time",
        30: "Patient Death Indicator",
    },
    "PV1": {
        1: "Set ID", 2: "Patient Class", 3: "Assigned Patient Location", 4: "Admission Type", 5: "Preadmit Number",
        6: "Prior Patient Location", 7: "Attending Doctor", 8: "Referring Doctor", 9: "Consulting Doctor",
        10: "Hospital Service", 11: "Temporary Location", 14: "Admit Source", 15: "Ambulatory Status",
        16: "VIP Indicator", 17: "Admitting Doctor", 18: "Patient Type", 19: "Visit Number", 20: "Financial Class",
        36: "Discharge Disposition", 37: "Discharged to Location", 39: "Servicing Facility", 40: "Bed Status",
        41: "Account Status", 42: "Pending Location", 43: "Prior Temporary Location", 44: "Admit Date/Time",
        45: "Discharge Date/Time", 50: "Alternate Visit ID",
    },
    "MRG": {
        1: "Prior Patient Identifier List", 2: "Prior Alternate Patient ID", 3: "Prior Patient Account Number",
        4: "Prior Patient ID", 5: "Prior Visit Number", 6: "Prior Alternate Visit ID", 7: "Prior Patient Name",
    },
    "NPU": {1: "Bed Location", 2: "Bed Status"},
    "OBX": {
        1: "Set ID", 2: "Value Type", 3: "Observation Identifier", 4: "Observation Sub-ID", 5: "Observation Value",
        6: "Units", 11: "Observation Result Status", 14: "Date/Time of the Observation",
    },
    "MSA": {1: "Acknowledgment Code", 2: "Message Control ID", 3: "Text Message"},
    "ERR": {
        1: "Error Code and Location", 2: "Error Location", 3: "HL7 Error Code", 4: "Severity",
        5: "Application Error Code", 8: "User Message",
    },
}  # fmt: skip


def named(segment: str, field: int) -> str:
    """`PID-5 Patient Name`; the number alone where the standard's name is not known."""
    name = NAMES.get(segment, {}).get(field)
    return f"{segment}-{field} {name}" if name else f"{segment}-{field}"

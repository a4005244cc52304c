"""The plan's sections about messages: what cannot be is named, with its place."""

from __future__ import annotations

import pytest

from appliance.foundation.config import Faulty, parse
from pbx.plan import PbxPlan

GOOD = """
[[modems]]
id = "sms1"
device = "modem"
[[smpp]]
id = "smsc"
host = "smsc.example"
tls = true
system_id = "hospital"
password = "file:/etc/nightbell/smsc"
[[http_sms]]
id = "cloud"
url = "https://sms.example/send?key={{ secrets.key|urlencode }}"
secrets = { key = "env:SMS_KEY" }
"""


def test_gateways_are_used_as_they_stand_or_as_the_order_says() -> None:
    """Modems, SMPP, HTTP; those the order leaves out are not used."""
    assert [row.id for row in parse(GOOD, PbxPlan).gateways()] == ["sms1", "smsc", "cloud"]
    ordered = parse(f'{GOOD}\n[messages]\norder = ["cloud", "sms1"]\n', PbxPlan)
    assert [row.id for row in ordered.gateways()] == ["cloud", "sms1"]


@pytest.mark.parametrize(
    ("change", "path", "sentence"),
    [
        (('id = "cloud"', 'id = "sms1"'), "http_sms[0].id", "used twice"),
        (("https://sms", "http://sms"), "http_sms[0].url", "must be https://"),
        (("secrets.key|", "secrets.kye|"), "http_sms[0].url", "no attribute 'kye'"),
        (('"env:SMS_KEY"', '"hunter2"'), "http_sms[0].secrets.key", "pattern"),
        (("tls = true", "tls = false"), "smpp[0].tls", "password would be read"),
        (('[[modems]]', '[messages]\norder = ["nobody"]\n[[modems]]'), "messages.order[0]", "is no gateway"),
    ],
)  # fmt: skip
def test_faults_are_named_with_their_place(change: tuple[str, str], path: str, sentence: str) -> None:
    """One sentence each."""
    with pytest.raises(Faulty) as faulty:
        parse(GOOD.replace(*change), PbxPlan)
    (fault,) = faulty.value.faults
    assert fault.path == path
    assert sentence in fault.message


def test_mail_keeps_passwords_out_of_the_clear() -> None:
    """Without TLS only to this box or a private network, and without a log-in."""
    row = '[[mail]]\nid = "it"\nhost = "{host}"\nsender = "a@b.example"\nto = ["c@d.example"]\nsecurity = "none"\n'
    assert parse(row.format(host="10.0.0.5"), PbxPlan).mail[0].security == "none"
    for text in (row.format(host="mail.example"), row.format(host="10.0.0.5") + 'user = "u"\npassword = "env:P"\n'):
        with pytest.raises(Faulty, match="starttls or tls"):
            parse(text, PbxPlan)

"""The page of the box's certificate, and the way from HTTP to HTTPS."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tests.fakes.house import FakeCertificates, FakeEnrolments
from tests.web.browser import Hospital, Line, hospital
from web.certificates import CertificateShown, NotTaken
from web.enrolments import EnrolmentShown, Wish
from web.site import PanelRequest

HOSPITALS = CertificateShown(
    False, ["bell.hospital.example", "10.1.2.3"], "Hospital Issuing", datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 12, 24, tzinfo=UTC), 23, "AB:CD", True, True,
    "The hospital's certificate ended on {date}: the one before is in force.", {"date": "2026-03-01"},
)  # fmt: skip


class Encrypted(PanelRequest):
    """A request that came by HTTPS."""

    def isSecure(self) -> bool:
        return True


def certificates(place: Hospital) -> FakeCertificates:
    """Those of the house."""
    found = place.cardboard.house.certificates
    assert isinstance(found, FakeCertificates)
    return found


def test_the_page_says_what_browsers_see() -> None:
    """Names, issuer, days, fingerprint, and what is wrong; without HTTPS how it is turned on."""
    place = hospital()
    browser = place.browser("it")
    assert "Set tls_port under [panel]" in browser.get("/certificate").text
    certificates(place).one = HOSPITALS
    page = browser.get("/certificate").text
    for said in (
        "bell.hospital.example, 10.1.2.3", "Issuer: Hospital Issuing", "23 days left", "AB:CD", "ended on 2026-03-01",
        'value="nightbell, 10.1.2.3"', 'href="/certificate/request.csr"', "Take the hospital&#39;s away",
    ):  # fmt: skip
        assert said in page


def test_a_request_is_made_and_fetched_again() -> None:
    """As a file; who asked for names that are none is told."""
    place = hospital()
    browser, desk = place.browser("it"), certificates(place)
    desk.one = HOSPITALS
    made = browser.post("/certificate/request", {"names": "bell", "organisation": "Third"})
    assert (made.status, made.body[:11], desk.done) == (200, b"-----BEGIN ", ["request bell Third it"])
    assert made.headers["content-disposition"] == 'attachment; filename="nightbell.csr"'
    assert browser.get("/certificate/request.csr").status == 404
    desk.waiting = b"waiting"
    assert browser.get("/certificate/request.csr").body == b"waiting"
    desk.refuses = NotTaken("{name} is no name of a machine and no address.", name="a b")
    refused = browser.post("/certificate/request", {"names": "a b"})
    assert (refused.status, "a b is no name of a machine" in refused.text) == (422, True)
    assert 'value="a b"' in refused.text


def test_files_and_what_is_pasted_are_brought_together() -> None:
    """With the name in the browser's address line."""
    place = hospital()
    browser, desk = place.browser("it"), certificates(place)
    desk.one = HOSPITALS
    fields = [("csrf", "", browser.token()), ("files", "a.pem", "one"), ("files", "b.pem", "two"), ("files", "", "")]
    fields += [("pasted", "", "three"), ("passphrase", "", " p ")]
    body = "".join(
        f'--x\r\ncontent-disposition: form-data; name="{name}"'
        + (f'; filename="{file}"' if name == "files" else "")
        + f"\r\n\r\n{value}\r\n"
        for name, file, value in fields
    )
    sent = browser.post_bytes("/certificate/take", "multipart/form-data; boundary=x", f"{body}--x--\r\n".encode())
    assert (sent.status, desk.given) == (303, [([b"one", b"two", b"three"], " p ", "127.0.0.1")])
    assert browser.post("/certificate/withdraw").status == 303
    assert desk.done == ["take it", "withdraw it"]
    desk.refuses = NotTaken("There is a key in it, but no certificate.")
    refused = browser.post("/certificate/take", {"pasted": "x"})
    assert (refused.status, "no certificate. Nothing was changed." in refused.text) == (422, True)


ASKS = EnrolmentShown(
    "https://ca.example/acme", "Hospital Root, SHA-256 AB:CD", "it@hospital.example", ["bell.example"],
    ["bell.example"], "kid-1", False, datetime(2026, 11, 2, 5, 0, tzinfo=UTC),
    "The authority at {host} does not answer.", {"host": "ca.example"},
)  # fmt: skip


def enrolments(place: Hospital) -> FakeEnrolments:
    """Those of the house."""
    found = place.cardboard.house.enrolments
    assert isinstance(found, FakeEnrolments)
    return found


def test_an_authority_is_named_and_how_it_goes_is_said() -> None:
    """All that IT gave but the HMAC key; that which the settings say has no form."""
    place = hospital()
    browser, desk = place.browser("it"), enrolments(place)
    certificates(place).one = HOSPITALS
    assert "Ask by itself from now on" in browser.get("/certificate").text
    desk.one, desk.port = ASKS, 8080
    page = browser.get("/certificate").text
    for said in (
        "The authority at ca.example does not answer.", "Hospital Root, SHA-256 AB:CD", "2026-11-02 13:00",
        'value="https://ca.example/acme"', 'value="it@hospital.example"', 'value="bell.example"', 'value="kid-1"',
        "lead port 80 there", 'action="/certificate/renew"',
    ):  # fmt: skip
        assert said in page
    assert 'action="/certificate/withdraw"' not in page
    assert "医院颁发机构" in place.browser("it", language="zh").get("/certificate").text
    desk.one = replace(ASKS, in_settings=True, next_at=None, why="")
    page = browser.get("/certificate").text
    assert "can only be changed there" in page
    assert "being asked for" in page
    assert 'action="/certificate/enrol"' not in page


def test_what_is_typed_of_an_authority_comes_as_it_was_typed() -> None:
    """The root as a file or pasted; what is refused stays in the form, but for the HMAC key."""
    place = hospital()
    browser, desk = place.browser("it"), enrolments(place)
    certificates(place).one = HOSPITALS
    fields = [("csrf", "", browser.token()), ("root", "root.pem", "one"), ("root_pasted", "", "two")]
    fields += [("directory", "", "https://ca.example/acme"), ("wanted", "", "bell.example"), ("contact", "", "a@b")]
    fields += [("key_id", "", "kid-1"), ("hmac_key", "", " secret-of-it ")]
    body = "".join(
        f'--x\r\ncontent-disposition: form-data; name="{name}"'
        + (f'; filename="{file}"' if file else "")
        + f"\r\n\r\n{value}\r\n"
        for name, file, value in fields
    )
    form = f"{body}--x--\r\n".encode()
    assert browser.post_bytes("/certificate/enrol", "multipart/form-data; boundary=x", form).status == 303
    wish = Wish("https://ca.example/acme", [b"one", b"two"], "a@b", "bell.example", "kid-1", "secret-of-it")
    assert desk.wishes == [wish]
    for act, done in (("renew", "renew it"), ("enrol/end", "end it")):
        assert browser.post(f"/certificate/{act}").status == 303
        assert desk.done[-1] == done
    desk.refuses = NotTaken("{contact} is no e-mail address.", contact="a@b")
    refused = browser.post_bytes("/certificate/enrol", "multipart/form-data; boundary=x", form)
    assert (refused.status, "a@b is no e-mail address. Nothing was changed." in refused.text) == (422, True)
    assert 'value="https://ca.example/acme"' in refused.text
    assert "secret-of-it" not in refused.text


def test_the_proof_is_there_by_http_for_whoever_asks() -> None:
    """And nothing else, though browsers are sent away to HTTPS."""
    place = hospital()
    certificates(place).https = 443
    enrolments(place).proofs["token"] = b"token.thumbprint"
    stranger = place.stranger()
    found = stranger.get("/.well-known/acme-challenge/token")
    assert (found.status, found.body, found.headers["content-type"][:10]) == (200, b"token.thumbprint", "text/plain")
    for path in ("/.well-known/acme-challenge/", "/.well-known/acme-challenge/other"):
        assert stranger.get(path).status == 404
    assert stranger.get("/.well-known/other").status == 307


def test_others_see_and_change_nothing() -> None:
    """Managers and nurses, and forms of other pages."""
    place = hospital()
    for role in ("manager", "nurse"):
        for path in ("/certificate", "/certificate/request.csr", "/certificate/authority.crt"):
            assert place.browser(role).get(path).status == 403
    for path in ("take", "enrol", "renew", "enrol/end"):
        assert place.browser("nurse").post(f"/certificate/{path}", {"pasted": "x"}).status == 403
    assert place.browser("it").post("/certificate/withdraw", csrf="x").status == 403
    assert certificates(place).done == enrolments(place).done == []


def test_http_leads_to_https_but_for_machines() -> None:
    """With path and query, for now and not for ever; to the name that was typed."""
    place = hospital()
    desk = certificates(place)
    desk.https = 443
    stranger = place.stranger()
    found = stranger.get("/station?ward=w1")
    assert (found.status, found.headers["location"]) == (307, "https://127.0.0.1/station?ward=w1")
    desk.https = 8443
    assert stranger.get("/").headers["location"] == "https://127.0.0.1:8443/"
    assert stranger.get("/health").status in (200, 503)
    assert stranger.get("/hooks/sms/none").status != 307
    odd = b"GET /login HTTP/1.1\r\nhost: evil.example/@\r\n\r\n"
    assert b"ocation: https://127.0.0.1:8443/login\r\n" in Line(place.factory, odd).sent


def test_browsers_are_told_to_insist_only_over_https() -> None:
    """By HTTP the word would count for nothing, and be anybody's."""
    place = hospital()
    desk = certificates(place)
    desk.seconds = 3600
    assert "strict-transport-security" not in place.stranger().get("/login").headers
    place.factory.requestFactory = Encrypted
    assert place.stranger().get("/login").headers["strict-transport-security"] == "max-age=3600"
    assert "; Secure" in place.stranger().get("/login").cookies[0]
    desk.seconds = 0
    assert "strict-transport-security" not in place.stranger().get("/login").headers

"""One order by ACME, from the directory to the certificate. It blocks for minutes: only ever in a thread of its own.

The protocol is certbot's `acme`. That the box is what it says it is, is proved by HTTP (http-01): whoever fetches
`/.well-known/acme-challenge/TOKEN` from the panel is given what stands for it in `proofs`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

import requests
from acme import challenges, client, crypto_util, errors, messages
from cryptography.hazmat.primitives.asymmetric import ec
from josepy import errors as jose_errors
from josepy.jwa import ES256
from josepy.jwk import JWKEC

from appliance.foundation.clock import Clock
from appliance.tls.identity import private_pem
from appliance.tls.names import is_address
from appliance.tls.order import Order
from appliance.tls.trusting import Plain
from web.certificates import NotTaken

TIMEOUT, DEADLINE = 30, timedelta(minutes=3)
"""Of one request, seconds; of the authority's fetching proof and of its signing, each."""
WORD = 36
"""Letters."""
VERIFYING = re.compile(r"certificate verify failed: (.+?) \(_ssl")
net: Any = client.ClientNetwork


def obtain(order: Order, proofs: MutableMapping[str, str], clock: Clock) -> bytes:
    """Key and certificates, PEM. Raises NotTaken in one sentence."""
    key = private_pem(ec.generate_private_key(ec.SECP256R1()))
    with _in_a_sentence(order):
        authority = _directory(order)
        _sign_in(authority, order)
        request = crypto_util.make_csr(
            key, [name for name in order.names if not is_address(name)],
            ipaddrs=[ip_address(name) for name in order.names if is_address(name)],
        )  # fmt: skip
        asked = authority.new_order(request)
        shown = [
            _prove(authority, one, proofs) for one in asked.authorizations if one.body.status == messages.STATUS_PENDING
        ]
        try:
            proved = authority.poll_authorizations(asked, _deadline(clock))
        finally:
            for token in shown:
                proofs.pop(token, None)
        return key + str(authority.finalize_order(proved, _deadline(clock)).fullchain_pem).encode()


def _directory(order: Order) -> client.ClientV2:
    network = net(
        JWKEC(key=order.account), alg=ES256, verify_ssl=str(order.roots), user_agent="nightbell",
        timeout=TIMEOUT,
    )  # fmt: skip
    network.session.mount("https://", Plain())
    network.session.trust_env = False  # an authority in the house is not reached by way of a proxy
    try:
        found = client.ClientV2.get_directory(order.enrolment.directory, network)
        for needed in ("newNonce", "newAccount", "newOrder"):
            found[needed]
    except (errors.ClientError, messages.Error, jose_errors.DeserializationError, ValueError, KeyError) as why:
        if isinstance(why, requests.RequestException):
            raise
        raise NotTaken(
            "What answers at {directory} is no ACME directory.", directory=order.enrolment.directory
        ) from why
    return client.ClientV2(found, network)


def _sign_in(authority: client.ClientV2, order: Order) -> None:
    enrolment, network = order.enrolment, authority.net
    binding = None
    if enrolment.key_id:
        binding = messages.ExternalAccountBinding.from_data(
            JWKEC(key=order.account).public_key(), enrolment.key_id, enrolment.hmac_key, authority.directory
        )
    wanted = messages.NewRegistration.from_data(
        email=enrolment.contact or None, terms_of_service_agreed=True, external_account_binding=binding
    )
    try:
        authority.new_account(wanted)
    except errors.ConflictError as known:
        network.account = messages.RegistrationResource(uri=known.location, body=messages.Registration())
    except messages.Error as why:
        if why.code == "externalAccountRequired":
            raise NotTaken("The authority wants a key id and an HMAC key (external account binding).") from why
        raise NotTaken("The authority does not accept the box as a client: {why}", why=_said(why)) from why


def _prove(authority: client.ClientV2, one: Any, proofs: MutableMapping[str, str]) -> str:
    offered = next((body for body in one.body.challenges if isinstance(body.chall, challenges.HTTP01)), None)
    if offered is None:
        raise NotTaken("The authority does not let {name} be proved by HTTP (http-01).", name=one.body.identifier.value)
    response, proof = offered.response_and_validation(authority.net.key)
    token = str(offered.chall.encode("token"))
    proofs[token] = proof
    authority.answer_challenge(offered, response)
    return token


@contextmanager
def _in_a_sentence(order: Order) -> Iterator[None]:
    host = urlsplit(order.enrolment.directory).netloc
    try:
        yield
    except requests.exceptions.SSLError as why:
        found = VERIFYING.search(str(why))
        raise NotTaken(
            "The authority at {host} is not the one whose root certificate was given: {why}.",
            host=host, why=found[1] if found else type(why).__name__,
        ) from why  # fmt: skip
    except (requests.ConnectionError, requests.Timeout) as why:
        raise NotTaken("The authority at {host} does not answer.", host=host) from why
    except errors.ValidationError as why:
        name, said = _unproved(why)
        raise NotTaken(
            "The authority did not find the box at http://{name}/, port 80: {why}", name=name, why=said
        ) from why
    except (messages.Error, errors.IssuanceError) as why:
        said = _said(why.error if isinstance(why, errors.IssuanceError) else why)
        raise NotTaken("The authority refuses {names}: {why}", names=", ".join(order.names), why=said) from why
    except errors.TimeoutError as why:
        raise NotTaken("The authority at {host} did not come to an end in time.", host=host) from why
    except (errors.Error, jose_errors.Error, requests.RequestException, ValueError, KeyError) as why:
        raise NotTaken(
            "The authority at {host} answered what was not expected: {why}", host=host, why=_short(str(why))
        ) from why


def _unproved(why: errors.ValidationError) -> tuple[str, str]:
    for one in why.failed_authzrs:
        for body in one.body.challenges:
            if body.error is not None:
                return str(one.body.identifier.value), _said(body.error)
    return "", ""


def _said(error: messages.Error) -> str:
    """The authority's own words."""
    several = [_said(one) for one in error.subproblems or ()]
    return _short("; ".join(several) or error.detail or error.title or error.typ)


def _short(text: str) -> str:
    # A token of 43 letters would break the status page, and says nothing.
    return " ".join(word if len(word) <= WORD else f"{word[:WORD]}…" for word in text.split())[:200]


def _deadline(clock: Clock) -> Any:
    # The library counts by the local clock, naive.
    return (clock.now() + DEADLINE).astimezone().replace(tzinfo=None)

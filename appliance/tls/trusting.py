"""HTTPS to the hospital's authority, by the root that IT gave."""

from __future__ import annotations

import ssl
from typing import Any

from requests.adapters import HTTPAdapter


class Plain(HTTPAdapter):
    """Holds the authority's own certificates to what browsers want, and no more.

    Since Python 3.13 RFC 5280 is held against them to the letter (`VERIFY_X509_STRICT`); the roots of hospitals are
    older than that, and often break it.
    """

    def init_poolmanager(self, *arguments: Any, **named: Any) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        super().init_poolmanager(*arguments, ssl_context=context, **named)

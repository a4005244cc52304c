"""A browser as a telephone: Chromium's own WebRTC for sound, and SIP over the secure WebSocket from here.

Nothing of a SIP library: what a page would send with any of them is sent as it stands, and the SDP is Chromium's.
"""

from __future__ import annotations

import hashlib
import re
import socket
import ssl
from pathlib import Path
from typing import Any

from wsproto import ConnectionType, WSConnection
from wsproto.events import AcceptConnection, Request, TextMessage

PAGE = """
async ([tone]) => {
  // Only a page that may hear the microphone gives out every address, the loopback among them.
  await navigator.mediaDevices.getUserMedia({audio: true});
  const audio = new AudioContext();
  const source = audio.createOscillator(), out = audio.createMediaStreamDestination();
  source.frequency.value = tone;
  source.connect(out);
  source.start();
  const peer = new RTCPeerConnection({bundlePolicy: "max-bundle", rtcpMuxPolicy: "require"});
  out.stream.getTracks().forEach(track => peer.addTrack(track, out.stream));
  const hears = audio.createAnalyser();
  hears.fftSize = 4096;
  peer.ontrack = event => {
    const stream = new MediaStream([event.track]);
    // Chromium lets remote sound flow only where an element plays it.
    const element = new Audio();
    element.srcObject = stream;
    element.muted = true;
    element.play();
    audio.createMediaStreamSource(stream).connect(hears);
  };
  window.phone = {audio, peer, hears};
  await peer.setLocalDescription(await peer.createOffer());
  await new Promise(done => {
    if (peer.iceGatheringState === "complete") done();
    peer.onicegatheringstatechange = () => peer.iceGatheringState === "complete" && done();
  });
  return peer.localDescription.sdp;
}
"""
HEARS = """
tone => {
  const {audio, hears} = window.phone, bins = new Float32Array(hears.frequencyBinCount);
  hears.getFloatFrequencyData(bins);
  let loudest = 0;
  bins.forEach((level, at) => { if (level > bins[loudest]) loudest = at; });
  return bins[loudest] > -60 && Math.abs(loudest * audio.sampleRate / hears.fftSize - tone) < 20;
}
"""
ANY_PAGE = "https://phone.invalid/"
"""Never asked for: only a page from a safe place may use a microphone."""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
)


class SipOverWebSocket:
    """One WebSocket (RFC 7118), checked by `authority`; one message at a time."""

    def __init__(self, port: int, authority: Path, extension: str, secret: str) -> None:
        trust = ssl.create_default_context(cafile=str(authority))
        plain = socket.create_connection(("127.0.0.1", port), timeout=20)
        self._wire = trust.wrap_socket(plain, server_hostname="127.0.0.1")
        self._socket = WSConnection(ConnectionType.CLIENT)
        self._extension, self._secret = extension, secret
        self._serial = 0
        self._told: list[str] = []
        hello = Request(host="127.0.0.1", target="/ws", subprotocols=["sip"])
        self._wire.sendall(self._socket.send(hello))
        self._text = ""
        self._accepted = False
        while not self._accepted:
            self._read()

    def close(self) -> None:
        """Leave."""
        self._wire.close()

    def ask(self, method: str, to: str, call: str, body: str = "") -> str:
        """Send a request, prove ourselves when asked, and return the final answer; an INVITE's is acknowledged."""
        self._send(method, to, call, body, "")
        answer = self._final()
        if answer.startswith("SIP/2.0 401"):
            if method == "INVITE":
                self._acknowledge(to, call, answer)
            self._send(method, to, call, body, self._proof(method, to, answer))
            answer = self._final()
        if method == "INVITE":
            self._acknowledge(to, call, answer)
        return answer

    def _send(self, method: str, to: str, call: str, body: str, proof: str) -> None:
        self._serial += 1
        lines = [
            f"{method} sip:{to}@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/WSS browser.invalid;branch=z9hG4bK{self._serial}",
            "Max-Forwards: 70",
            f"From: <sip:{self._extension}@127.0.0.1>;tag={call}",
            f"To: <sip:{to}@127.0.0.1>",
            f"Call-ID: {call}",
            f"CSeq: {self._serial} {method}",
            f"Contact: <sip:{self._extension}@browser.invalid;transport=ws>",
            *([proof] if proof else []),
            *(["Content-Type: application/sdp"] if body else ["Expires: 60"]),
            f"Content-Length: {len(body.encode())}",
        ]
        self._tell("\r\n".join(lines) + "\r\n\r\n" + body)

    def _acknowledge(self, to: str, call: str, answer: str) -> None:
        told = re.search(r"^To: .*$", answer, re.M)
        assert told is not None
        lines = [
            f"ACK sip:{to}@127.0.0.1 SIP/2.0",
            f"Via: SIP/2.0/WSS browser.invalid;branch=z9hG4bK{self._serial}{'a' if ' 200' in answer[:12] else ''}",
            "Max-Forwards: 70",
            f"From: <sip:{self._extension}@127.0.0.1>;tag={call}",
            told[0].strip(),
            f"Call-ID: {call}",
            f"CSeq: {self._serial} ACK",
            "Content-Length: 0",
        ]
        self._tell("\r\n".join(lines) + "\r\n\r\n")

    def _proof(self, method: str, to: str, answer: str) -> str:
        asked = dict(re.findall(r'(\w+)="([^"]*)"', answer))
        uri, cnonce, count = f"sip:{to}@127.0.0.1", "browser", "00000001"
        one = _md5(f"{self._extension}:{asked['realm']}:{self._secret}")
        two = _md5(f"{method}:{uri}")
        response = _md5(f"{one}:{asked['nonce']}:{count}:{cnonce}:auth:{two}")
        said = {"username": self._extension, "realm": asked["realm"], "nonce": asked["nonce"], "uri": uri}
        said |= {"response": response, "cnonce": cnonce, "opaque": asked.get("opaque", "")}
        quoted = ", ".join(f'{name}="{value}"' for name, value in said.items())
        return f"Authorization: Digest {quoted}, algorithm=MD5, qop=auth, nc={count}"

    def _final(self) -> str:
        while True:
            while not self._told:
                self._read()
            answer = self._told.pop(0)
            if answer.startswith("SIP/2.0 ") and not answer.startswith("SIP/2.0 1"):
                return answer

    def _tell(self, text: str) -> None:
        self._wire.sendall(self._socket.send(TextMessage(text)))

    def _read(self) -> None:
        self._socket.receive_data(self._wire.recv(65536))
        for event in self._socket.events():
            match event:
                case AcceptConnection(subprotocol="sip"):
                    self._accepted = True
                case TextMessage(data=data, message_finished=finished):
                    self._text += data
                    if finished:
                        self._told.append(self._text)
                        self._text = ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


def offered(page: Any, tone: int) -> str:
    """Chromium's offer: it will sound `tone`."""
    page.route(
        "https://phone.invalid/", lambda route: route.fulfill(body="<title>phone</title>", content_type="text/html")
    )
    page.goto("https://phone.invalid/")
    sdp: str = page.evaluate(PAGE, [tone])
    return sdp


def answered(page: Any, sdp: str) -> None:
    """Give Chromium the answer."""
    page.evaluate("sdp => window.phone.peer.setRemoteDescription({type: 'answer', sdp})", sdp)


def hears(page: Any, tone: int) -> None:
    """Wait until `tone` in Hz is the loudest of what it hears. Raises playwright's TimeoutError after half a minute."""
    page.wait_for_function(HEARS, arg=tone)

"""ESPA-X 1.00, alarms in XML over TCP: the whole of it that nurse calls need, without I/O.

espax_messages   messages, and their frames
espax_reader     bytes to messages, whatever comes
espax_processes  what was started and is not over
espax_server     `Server`: a nurse-call host connects to us
espax_client     `Client`: the host, for the simulator and the tests
"""

from nursecall.wire.espax_client import Client, Delivered, Indicated, Refused
from nursecall.wire.espax_messages import Message
from nursecall.wire.espax_processes import Outcome, Processes, Started
from nursecall.wire.espax_reader import Garbled
from nursecall.wire.espax_server import Gone, LoggedIn, Server, Stopped

__all__ = [
    "Client",
    "Delivered",
    "Garbled",
    "Gone",
    "Indicated",
    "LoggedIn",
    "Message",
    "Outcome",
    "Processes",
    "Refused",
    "Server",
    "Started",
    "Stopped",
]

"""Modbus RTU: any off-the-shelf input module is a bed terminal. The whole of it, without I/O.

modbus_frames    frames and how they are found among noise
modbus_contacts  bytes to contacts, bounce left out
modbus_rota      whose turn it is
modbus_master    `Master` polls
modbus_slaves    `Slaves` are polled: the far end in a simulation
"""

from __future__ import annotations

from nursecall.wire.modbus_contacts import Changed, Unit
from nursecall.wire.modbus_frames import Garbled
from nursecall.wire.modbus_master import Event, Master, UnitAlive, UnitDead
from nursecall.wire.modbus_slaves import Slaves

__all__ = ["Changed", "Event", "Garbled", "Master", "Slaves", "Unit", "UnitAlive", "UnitDead"]

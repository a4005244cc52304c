"""The other end of every wire: ward hosts, GSM modem, carrier, phones; with faults on demand."""

"""Short messages: AT dialogue, PDUs, a modem, an outbox that loses nothing."""

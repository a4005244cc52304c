"""Guard against toll fraud: who may not call, or talk on, although the money is there; and who is told of it."""

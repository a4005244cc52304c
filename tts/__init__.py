"""Speech: sentences, voices, a worker process that may die without anyone being harmed."""

"""The ground floor: bus, clock, database, journal, configuration, languages. Knows no feature."""

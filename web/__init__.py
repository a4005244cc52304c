"""The panel: server-rendered pages and live events."""

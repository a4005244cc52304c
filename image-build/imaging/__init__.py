"""Builds the flashable image and tries it: `make image`, `make image-test`."""

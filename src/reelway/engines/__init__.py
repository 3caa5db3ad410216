"""The engines: one file or folder each. See `reelway.engine`."""

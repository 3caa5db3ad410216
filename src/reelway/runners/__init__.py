"""The runners: who runs a step now. See `reelway.runner`."""

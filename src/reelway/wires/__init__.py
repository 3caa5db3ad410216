"""The wires: one file a vendor, used in both directions. See `reelway.wire`."""

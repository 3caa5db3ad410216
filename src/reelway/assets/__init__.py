"""The asset stores: kept files. See `reelway.asset`."""

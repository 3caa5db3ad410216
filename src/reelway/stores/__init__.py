"""The stores: durable rows. See `reelway.store`."""

"""Reelway: the open, self-hosted server for AI video generation.

A request arrives in some vendor's words, becomes one `VideoRequest`, becomes a durable `Task`,
is routed to an engine, yields a file, is verified, kept, announced, and read back in the
vendor's words. `docs/architecture.md` tells the story on one page.
"""

__version__ = "0.1.0"

"""Reelway: the open, self-hosted server for AI video generation.

A request arrives in some vendor's words, becomes one `VideoRequest`, becomes a durable `Task`,
is routed to an engine, yields a file, is verified, kept, announced, and read back in the
vendor's words. `docs/architecture.md` tells the story on one page.

    reelway.Client, reelway.AsyncClient    the Python SDK (`docs/sdk.md`), loaded when first named
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reelway.client import AsyncClient, Client

__all__ = ["AsyncClient", "Client", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name in ("AsyncClient", "Client"):
        from reelway import client

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

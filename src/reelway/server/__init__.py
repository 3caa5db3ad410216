"""The HTTP edge: plain HTTP in, a wire's words out. See `asgi`, `auth`, `dispatch`, `files`."""

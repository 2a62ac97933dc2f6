"""The handwritten part of both clients; `AsyncClient` is written, and `Client` derived from it."""

# Derived from batchcompute/client/_async. Do not edit: change that one, then run "make generate".

"""The handwritten part of both clients; `AsyncClient` is written, and `Client` derived from it."""

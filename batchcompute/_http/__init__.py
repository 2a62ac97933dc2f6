"""Requests over HTTP.

`request` is what to ask and `options` how; `builder` builds and signs, and `retrying` decides what
follows from a response or a failure: nothing in these waits. `synchronous` sends over the
connections of `pool`, or through `httpx_clients` where only httpx can; `asynchronous` always does.
"""

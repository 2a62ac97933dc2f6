"""Send requests over HTTP.

`request` holds a request and `options` its timeouts and retries; `builder` builds and signs it, and
`retrying` decides about retries. None of these wait. `synchronous` sends over the connections of
`pool`, or through `httpx_clients` where only httpx can; `asynchronous` always uses httpx.
"""

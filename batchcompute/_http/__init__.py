"""Requests over HTTP: the only package that talks to httpx.

`call` is what is asked and `options` how; `preparer` builds and signs requests, and `attempts` and
`failures` say what follows from the end of each: nothing in these waits. `sync` and `asynchronous`
send, each over connections of the httpx clients in `connections`.
"""

"""Read what instances print, for both clients and the command line.

`outputs` reads one output piece by piece, `selection` says which instances are meant, and `events`
is what a follower has to tell. The followers themselves are beside the clients.
"""

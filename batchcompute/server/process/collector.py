"""How often Python's collector of cycles stops the service, and what it looks at then.

A look at all objects takes a tenth of a second and more once thousands of VMs are connected, and
nobody is answered meanwhile.
"""

from __future__ import annotations

import gc

#: By how many objects the service has to grow before new ones are looked at. A request makes and
#: drops about a hundred, thousands of them wait at once, and none of them is in a cycle.
_NEW_OBJECTS = 20_000


def look_less_often() -> None:
    """Look for cycles when there is something to find."""
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])


def pass_over_what_stays() -> None:
    """Look no more at anything that is there now: code, and what was made to answer requests."""
    gc.collect()
    gc.freeze()

"""Old import path of constants. They are for reading: changing them changes no client."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from batchcompute.config import API_VERSION as API_VERSION
from batchcompute.regions import AP_SOUTHEAST_1 as AP_SOUTHEAST_1
from batchcompute.regions import AP_SOUTHEAST_2 as AP_SOUTHEAST_2
from batchcompute.regions import CN_BEIJING as CN_BEIJING
from batchcompute.regions import CN_CHENGDU as CN_CHENGDU
from batchcompute.regions import CN_HANGZHOU as CN_HANGZHOU
from batchcompute.regions import CN_HONGKONG as CN_HONGKONG
from batchcompute.regions import CN_HUHEHAOTE as CN_HUHEHAOTE
from batchcompute.regions import CN_QINGDAO as CN_QINGDAO
from batchcompute.regions import CN_SHANGHAI as CN_SHANGHAI
from batchcompute.regions import CN_SHENZHEN as CN_SHENZHEN
from batchcompute.regions import CN_ZHANGJIAKOU as CN_ZHANGJIAKOU
from batchcompute.regions import ENDPOINTS
from batchcompute.regions import EU_CENTRAL_1 as EU_CENTRAL_1
from batchcompute.regions import US_EAST_1 as US_EAST_1
from batchcompute.regions import US_WEST_1 as US_WEST_1

__all__ = [
    "ANY",
    "API_VERSION",
    "AP_SOUTHEAST_1",
    "AP_SOUTHEAST_2",
    "CN_BEIJING",
    "CN_CHENGDU",
    "CN_HANGZHOU",
    "CN_HONGKONG",
    "CN_HUHEHAOTE",
    "CN_QINGDAO",
    "CN_SHANGHAI",
    "CN_SHENZHEN",
    "CN_ZHANGJIAKOU",
    "COLLECTION",
    "DEFAULT_LIST_ITEM",
    "ENDPOINT_INFO",
    "EU_CENTRAL_1",
    "FLOAT",
    "NUMBER",
    "PY2",
    "PY3",
    "SECURITY_SERVICE_PORT",
    "SERVICE_PORT",
    "SERVICE_PORT_MOCKED",
    "STATE_MAP",
    "STRING",
    "TIME",
    "US_EAST_1",
    "US_WEST_1",
    "UTC_FORMAT",
]

#: Region id -> endpoint as documented, a copy; `Client.get_regions` has the registered ones, too.
ENDPOINT_INFO: Final[dict[str, str]] = dict(ENDPOINTS)

SERVICE_PORT: Final = 80
SECURITY_SERVICE_PORT: Final = 443
SERVICE_PORT_MOCKED: Final = 8888

# The types that attributes of each kind accept, for `isinstance`.
STRING: Final = (str, bytes, type(None))
NUMBER: Final = (int, float, type(None))
FLOAT: Final = (float, type(None))
ANY: Final = (str, bytes, int, float, type(None))
TIME: Final = (int, datetime, str, bytes, type(None))
COLLECTION: Final = (list, tuple)

#: Items per page where old programs say nothing.
DEFAULT_LIST_ITEM: Final = 100
STATE_MAP: Final = ["Init", "Waiting", "Running", "Finished", "Failed", "Stopped"]
UTC_FORMAT: Final = "%Y-%m-%dT%H:%M:%S.%fZ"

PY2: Final = False
PY3: Final = True

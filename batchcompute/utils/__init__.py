"""Old import paths: logging, constants and small helpers of programs for earlier versions.

Nothing in the package is built on them, and new programs do not need them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from batchcompute.exceptions import ConfigError as ConfigError
from batchcompute.legacy.canonicalization import CamelCasedClass as CamelCasedClass
from batchcompute.legacy.canonicalization import remap as remap
from batchcompute.legacy.functions import add_metaclass as add_metaclass
from batchcompute.legacy.functions import add_region as add_region
from batchcompute.legacy.functions import get_all_region as get_all_region
from batchcompute.legacy.functions import get_api_version as get_api_version
from batchcompute.legacy.functions import get_region as get_region
from batchcompute.legacy.functions import gmt_time as gmt_time
from batchcompute.legacy.functions import iget as iget
from batchcompute.legacy.functions import import_json as import_json
from batchcompute.legacy.functions import partial as partial
from batchcompute.legacy.functions import set_api_version as set_api_version
from batchcompute.legacy.functions import str_md5 as str_md5
from batchcompute.legacy.functions import utf8 as utf8
from batchcompute.legacy.log import get_logger as get_logger
from batchcompute.legacy.log import set_log_level as set_log_level
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
from batchcompute.regions import EU_CENTRAL_1 as EU_CENTRAL_1
from batchcompute.regions import US_EAST_1 as US_EAST_1
from batchcompute.regions import US_WEST_1 as US_WEST_1

__all__ = [
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
    "EU_CENTRAL_1",
    "US_EAST_1",
    "US_WEST_1",
    "CamelCasedClass",
    "ConfigError",
    "add_metaclass",
    "add_region",
    "canonicalization",
    "constants",
    "functions",
    "get_all_region",
    "get_api_version",
    "get_logger",
    "get_region",
    "gmt_time",
    "iget",
    "import_json",
    "log",
    "partial",
    "remap",
    "set_api_version",
    "set_log_level",
    "str_md5",
    "utf8",
]

if TYPE_CHECKING:
    from batchcompute.utils import canonicalization as canonicalization
    from batchcompute.utils import constants as constants
    from batchcompute.utils import functions as functions
    from batchcompute.utils import http as http
    from batchcompute.utils import jsonizable as jsonizable
    from batchcompute.utils import log as log


if not TYPE_CHECKING:  # type checkers know the names above, and no others

    def __getattr__(name: str) -> Any:
        if name in ("canonicalization", "constants", "functions", "http", "jsonizable", "log"):
            return import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

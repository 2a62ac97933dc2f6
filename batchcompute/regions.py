"""Regions and their endpoints. The constants are endpoint hosts, as documented."""

from __future__ import annotations

from typing import Final

CN_QINGDAO: Final = "batchcompute.cn-qingdao.aliyuncs.com"
CN_BEIJING: Final = "batchcompute.cn-beijing.aliyuncs.com"
CN_HANGZHOU: Final = "batchcompute.cn-hangzhou.aliyuncs.com"
CN_SHENZHEN: Final = "batchcompute.cn-shenzhen.aliyuncs.com"
CN_ZHANGJIAKOU: Final = "batchcompute.cn-zhangjiakou.aliyuncs.com"
CN_HUHEHAOTE: Final = "batchcompute.cn-huhehaote.aliyuncs.com"
CN_SHANGHAI: Final = "batchcompute.cn-shanghai.aliyuncs.com"
CN_CHENGDU: Final = "batchcompute.cn-chengdu.aliyuncs.com"
CN_HONGKONG: Final = "batchcompute.cn-hongkong.aliyuncs.com"
AP_SOUTHEAST_1: Final = "batchcompute.ap-southeast-1.aliyuncs.com"
AP_SOUTHEAST_2: Final = "batchcompute.ap-southeast-2.aliyuncs.com"
EU_CENTRAL_1: Final = "batchcompute.eu-central-1.aliyuncs.com"
US_WEST_1: Final = "batchcompute.us-west-1.aliyuncs.com"
US_EAST_1: Final = "batchcompute.us-east-1.aliyuncs.com"

#: Names of the constants above; the package exports each.
CONSTANTS: Final = tuple(name for name in dir() if name.isupper())

#: Region id -> endpoint host, as the documentation has them.
ENDPOINTS: Final[dict[str, str]] = {
    host.split(".")[1]: host for name, host in sorted(globals().items()) if name in CONSTANTS
}

"""Objects: what programs read and write as `oss://bucket/key`, wherever the bytes really lie."""

from batchcompute.local.objects.address import OssAddress as OssAddress
from batchcompute.local.objects.errors import InvalidAddressError as InvalidAddressError
from batchcompute.local.objects.errors import ObjectNotFoundError as ObjectNotFoundError
from batchcompute.local.objects.errors import ObjectStoreError as ObjectStoreError
from batchcompute.local.objects.factory import open_store as open_store
from batchcompute.local.objects.interface import ObjectInfo as ObjectInfo
from batchcompute.local.objects.interface import ObjectStore as ObjectStore

"""Objects: what programs read and write as `oss://bucket/key`, wherever the bytes really lie."""

from batchcompute.server.objects.address import OssAddress as OssAddress
from batchcompute.server.objects.errors import InvalidAddressError as InvalidAddressError
from batchcompute.server.objects.errors import ObjectNotFoundError as ObjectNotFoundError
from batchcompute.server.objects.errors import ObjectStoreError as ObjectStoreError
from batchcompute.server.objects.factory import open_store as open_store
from batchcompute.server.objects.interface import ObjectInfo as ObjectInfo
from batchcompute.server.objects.interface import ObjectStore as ObjectStore

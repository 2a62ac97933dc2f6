"""Classes of images, under the path that old programs import them from."""

from batchcompute_api.models import ImageDescription as ImageDescription

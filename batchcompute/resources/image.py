"""Classes of images, under the path that old programs import them from."""

from batchcompute._generated.api.models import ImageDescription as ImageDescription

"""BatchCompute SDK."""

from batchcompute._version import __version__ as __version__

"""A cache of remote objects on this machine, for the inputs of programs.

Libraries were looked at. fsspec's caches and diskcache fetch an object once per process that asks,
do not know which files programs use at the moment, or have no limit in bytes.
"""

# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""Models, requests and methods of the clients. Programs import them from `batchcompute`."""

# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""Code generated from the contract. Programs import it from `batchcompute`."""

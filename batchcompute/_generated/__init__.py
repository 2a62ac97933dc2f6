# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""What follows from the contract. Programs import it from `batchcompute`."""

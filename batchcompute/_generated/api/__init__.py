# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""What the contract says, as source. Programs import it from `batchcompute`."""

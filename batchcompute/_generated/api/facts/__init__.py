# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""What the contract says in tables."""

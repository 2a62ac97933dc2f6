# Generated from spec/openapi.yaml. Do not edit: change spec/ or codegen/, then run "make generate".

"""Contains methods for accessing the API"""

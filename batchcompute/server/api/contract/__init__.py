"""The API's contract as data: routes, parameters and checks, all read from the specification."""

"""The command line of the service: what each command takes, and how it is carried out."""

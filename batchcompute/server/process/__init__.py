"""The service as a process: settings, command line, data folder, start and shutdown."""

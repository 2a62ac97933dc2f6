"""The service as a process: settings, data folder, start and shutdown."""

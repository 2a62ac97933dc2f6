"""The console: pages that show the service in a browser, and do to it what the API does."""

"""Messages that callers subscribe to, and how they are sent."""

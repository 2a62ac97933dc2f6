"""What every other part of the service agrees on: states, plans, ids, time and errors."""

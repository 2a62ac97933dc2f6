"""What every resource class is made of."""

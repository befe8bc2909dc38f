"""What answers say: the comparison of the conditions, live, fitted, and reported."""

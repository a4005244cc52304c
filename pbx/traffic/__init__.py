"""How much goes over each trunk: hour by hour, kept, and told to pages and files."""

"""A shipped sample: an invented brand, its configuration and two of its exports."""

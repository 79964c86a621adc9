"""Schema migrations, run by `earful db upgrade` and before every command that writes."""

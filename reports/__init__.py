"""Numbers over time: what was heard, whose voice it was, whether promises were kept."""

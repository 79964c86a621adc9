"""What a text says: its language, polarity and themes. Pure, batched, and knows nothing of the other rooms."""

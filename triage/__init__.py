"""Pure rules: which mention needs a person, why and by when; and which may become a testimonial."""

"""Testimonials, consent and exports: letting happy customers speak, with their leave."""

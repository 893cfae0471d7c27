"""A made-up streaming service: what its viewers are worth, and which risks come along.

`python -m examples.streaming_clv` makes everything once, in memory, and says what came out.
"""

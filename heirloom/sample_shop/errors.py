"""What the sample shop refuses, in a sentence that says what, which, and what to do."""


class ShopError(ValueError):
    """An argument the shop cannot be made or written with."""

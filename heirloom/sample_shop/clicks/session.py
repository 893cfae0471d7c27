"""What a session is: one visit of one visitor, which every later module reads by these names."""

import numpy as np

SESSION = np.dtype(
    [
        ("anchor", np.int64),  # ms since the first midnight, UTC
        ("customer", np.int64),  # NOBODY: a stranger
        ("known", np.bool_),  # a customer already, and not only from this session on
        ("document", np.int64),  # what is bought, or NOTHING
        ("login", np.int64),
        ("visitor", np.int64),
        ("country", np.int64),
        ("device", np.int64),
        ("source", np.int64),
        ("intent", np.float64),
        ("probability", np.float64),  # of a purchase, when the session begins
        ("bot", np.int64),  # its kind, or PERSON
    ]
)
NOBODY, NOTHING, PERSON, NOWHERE = -1, -1, -1, -1
NEVER, FROM_THE_START, IN_THE_MIDDLE = range(3)  # logins
LONGEST = 2 * 3_600_000  # ms from the first step to the anchor

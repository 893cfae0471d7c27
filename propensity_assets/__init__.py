"""Purchase propensity: what belongs to clicks, sessions and the decisions made on them."""

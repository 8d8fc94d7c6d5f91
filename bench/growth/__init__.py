"""What scripts/bench growth is made of: curves of what should not grow, or no more than what it depends on."""

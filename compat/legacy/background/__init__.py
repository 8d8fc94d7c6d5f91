"""What runs without a request: a scheduler's turns, and the tasks it starts."""

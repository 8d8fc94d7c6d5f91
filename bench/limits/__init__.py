"""What scripts/bench limits is made of: a backend, clients that take what they can, somebody who watches."""

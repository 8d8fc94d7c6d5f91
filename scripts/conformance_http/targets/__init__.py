"""What can be probed: the bridge, nginx, HAProxy, or whatever a command starts."""

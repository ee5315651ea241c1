"""What hivemindctl asks, and the answers."""

"""How a finished translation is measured: what is listened to, and which figure comes from where."""

"""The commands of `dubwright`, one module a group."""

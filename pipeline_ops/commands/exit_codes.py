"""What the commands' exit codes mean; 2 is wrong usage, which typer itself gives."""

DONE = 0
FAULT = 1
REJECTED = 3

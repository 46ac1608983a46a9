"""`python -m kerneldojo` is the command."""

from kerneldojo.cli import main

main()

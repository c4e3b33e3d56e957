"""The command `smrt`, also `python -m smrt_lightning`.

The one module of the library that knows the command line; nothing imports it. A wheel ships
`flows` elsewhere, see hatch_build.py.
"""

from flows.cli.app import main

if __name__ == "__main__":
    main()

"""The viewer: trajectories of runs in a browser, live or as a folder."""

from kerneldojo.viewer.export import export
from kerneldojo.viewer.server import Server, view
from kerneldojo.viewer.site import Site

__all__ = ["Server", "Site", "export", "view"]

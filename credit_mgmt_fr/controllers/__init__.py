from . import pieces

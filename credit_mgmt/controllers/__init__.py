from . import exports, letters

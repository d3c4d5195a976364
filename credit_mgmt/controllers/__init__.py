from . import exports, letters, registered

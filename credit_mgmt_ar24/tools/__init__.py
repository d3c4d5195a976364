from . import cipher, client, mail, moments

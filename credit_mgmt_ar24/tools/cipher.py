"""How AR24 signs requests and closes answers: AES-256-CBC under keys cut from SHA-256 texts.

The keys are the first characters of the hexadecimal texts, not the bytes that these stand for.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.padding import PKCS7

_KEY_LENGTH = 32
_VECTOR_LENGTH = 16


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _vector(private_key: str) -> bytes:
    return _digest(_digest(private_key))[:_VECTOR_LENGTH].encode()


def _cipher(secret: str, private_key: str) -> Cipher[modes.CBC]:
    key = _digest(secret)[:_KEY_LENGTH].encode()
    return Cipher(algorithms.AES(key), modes.CBC(_vector(private_key)))


def sign(date: str, private_key: str) -> str:
    """Return the signature of a request: its date, closed under the private key."""
    return close(date, private_key, private_key)


def close(text: str, secret: str, private_key: str) -> str:
    """Return a text closed under the key that a secret gives, in base64."""
    padder = PKCS7(128).padder()
    padded = padder.update(text.encode()) + padder.finalize()
    encryptor = _cipher(secret, private_key).encryptor()
    return base64.b64encode(encryptor.update(padded) + encryptor.finalize()).decode()


def open_answer(body: bytes | str, date: str, private_key: str) -> str:
    """Return the text of an answer.

    :param date: the date that the request carried, as it was sent
    :raises ValueError: the body was not closed with this date and this key
    """
    try:
        data = base64.b64decode(body, validate=True)
        decryptor = _cipher(date + private_key, private_key).decryptor()
        padded = decryptor.update(data) + decryptor.finalize()
        unpadder = PKCS7(128).unpadder()
        return (unpadder.update(padded) + unpadder.finalize()).decode()
    except (ValueError, binascii.Error) as error:
        raise ValueError("The answer cannot be opened with this key.") from error

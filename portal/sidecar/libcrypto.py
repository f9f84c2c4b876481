"""GOST through OpenSSL's library and its ``gost`` engine, loaded into this process by ctypes."""

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from portal.sidecar.backend import BackendError, UnreadableCertificateError

_POINTER: Final = ctypes.c_void_p
_INT: Final = ctypes.c_int
_BYTES: Final = ctypes.c_char_p
_SIZE: Final = ctypes.c_size_t
_SIZE_OUT: Final = ctypes.POINTER(ctypes.c_size_t)
_UINT_OUT: Final = ctypes.POINTER(ctypes.c_uint)
_LOAD_DYNAMIC_ENGINES: Final = 0x00000400
_EVERY_METHOD: Final = 0xFFFF
_PARTIAL_CHAIN: Final = 0x80000
_EXPIRED: Final = frozenset({9, 10})  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_DIGESTS: Final = {256: b"md_gost12_256", 512: b"md_gost12_512"}

_PROTOTYPES: Final[dict[str, tuple[object, tuple[object, ...]]]] = {
    "OPENSSL_init_crypto": (_INT, (ctypes.c_uint64, _POINTER)),
    "ENGINE_by_id": (_POINTER, (_BYTES,)),
    "ENGINE_init": (_INT, (_POINTER,)),
    "ENGINE_set_default": (_INT, (_POINTER, ctypes.c_uint)),
    "EVP_get_digestbyname": (_POINTER, (_BYTES,)),
    "EVP_Digest": (_INT, (_BYTES, _SIZE, _BYTES, _UINT_OUT, _POINTER, _POINTER)),
    "EVP_MD_CTX_new": (_POINTER, ()),
    "EVP_MD_CTX_free": (None, (_POINTER,)),
    "EVP_DigestSignInit": (_INT, (_POINTER, _POINTER, _POINTER, _POINTER, _POINTER)),
    "EVP_DigestSign": (_INT, (_POINTER, _BYTES, _SIZE_OUT, _BYTES, _SIZE)),
    "EVP_DigestVerifyInit": (_INT, (_POINTER, _POINTER, _POINTER, _POINTER, _POINTER)),
    "EVP_DigestVerify": (_INT, (_POINTER, _BYTES, _SIZE, _BYTES, _SIZE)),
    "EVP_PKEY_free": (None, (_POINTER,)),
    "EVP_PKEY_get_bits": (_INT, (_POINTER,)),
    "BIO_new_mem_buf": (_POINTER, (_BYTES, _INT)),
    "BIO_free": (_INT, (_POINTER,)),
    "PEM_read_bio_PrivateKey": (_POINTER, (_POINTER, _POINTER, _POINTER, _POINTER)),
    "d2i_X509_bio": (_POINTER, (_POINTER, _POINTER)),
    "X509_free": (None, (_POINTER,)),
    "X509_get_pubkey": (_POINTER, (_POINTER,)),
    "X509_check_private_key": (_INT, (_POINTER, _POINTER)),
    "X509_STORE_new": (_POINTER, ()),
    "X509_STORE_free": (None, (_POINTER,)),
    "X509_STORE_load_locations": (_INT, (_POINTER, _BYTES, _BYTES)),
    "X509_STORE_set_flags": (_INT, (_POINTER, ctypes.c_ulong)),
    "X509_STORE_CTX_new": (_POINTER, ()),
    "X509_STORE_CTX_free": (None, (_POINTER,)),
    "X509_STORE_CTX_init": (_INT, (_POINTER, _POINTER, _POINTER, _POINTER)),
    "X509_STORE_CTX_set_time": (None, (_POINTER, ctypes.c_ulong, ctypes.c_long)),
    "X509_STORE_CTX_get_error": (_INT, (_POINTER,)),
    "X509_verify_cert": (_INT, (_POINTER,)),
    "ERR_clear_error": (None, ()),
}


class LibcryptoBackend:
    """Implements portal.sidecar.backend.Backend."""

    def __init__(self, key: bytes) -> None:
        self._library = _loaded()
        self._digests = {bits: self._made("EVP_get_digestbyname", name) for bits, name in _DIGESTS.items()}
        with self._memory(key) as memory:
            self._key = self._made("PEM_read_bio_PrivateKey", memory, None, None, None)

    def key_bits(self) -> int:
        return int(self._library.EVP_PKEY_get_bits(self._key))

    def digest(self, data: bytes, bits: int) -> bytes:
        out = ctypes.create_string_buffer(64)
        length = ctypes.c_uint()
        self._demand(
            self._library.EVP_Digest(data, len(data), out, ctypes.byref(length), self._digests[bits], None), "digest"
        )
        return out.raw[: length.value]

    def sign(self, data: bytes, bits: int) -> bytes:
        out = ctypes.create_string_buffer(256)
        length = ctypes.c_size_t(len(out))
        with self._owned("EVP_MD_CTX_new", free="EVP_MD_CTX_free") as context:
            ready = self._library.EVP_DigestSignInit(context, None, self._digests[bits], None, self._key)
            self._demand(ready, "sign")
            signed = self._library.EVP_DigestSign(context, out, ctypes.byref(length), data, len(data))
            self._demand(signed, "sign")
        return out.raw[: length.value]

    def verify(self, data: bytes, *, signature: bytes, certificate: bytes, bits: int) -> bool:
        try:
            return self._verified(data, signature, certificate, bits)
        except UnreadableCertificateError:
            return False

    def _verified(self, data: bytes, signature: bytes, certificate: bytes, bits: int) -> bool:
        with self._certificate(certificate) as parsed, self._public_key(parsed) as key:
            with self._owned("EVP_MD_CTX_new", free="EVP_MD_CTX_free") as context:
                ready = self._library.EVP_DigestVerifyInit(context, None, self._digests[bits], None, key)
                holds = ready == 1 and (
                    self._library.EVP_DigestVerify(context, signature, len(signature), data, len(data)) == 1
                )
            self._library.ERR_clear_error()
            return bool(holds)

    def matches(self, certificate: bytes) -> bool:
        with self._certificate(certificate) as parsed:
            matching = self._library.X509_check_private_key(parsed, self._key) == 1
            self._library.ERR_clear_error()
            return bool(matching)

    def trusted(self, certificate: bytes, *, trust: Path, at: int) -> str:
        try:
            with self._certificate(certificate) as parsed, self._store(trust) as store:
                return self._led(parsed, store, at)
        except UnreadableCertificateError:
            return "unreadable"

    def _led(self, certificate: int, store: int, at: int) -> str:
        with self._owned("X509_STORE_CTX_new", free="X509_STORE_CTX_free") as context:
            self._demand(self._library.X509_STORE_CTX_init(context, store, certificate, None), "trust")
            self._library.X509_STORE_CTX_set_time(context, 0, at)
            if self._library.X509_verify_cert(context) == 1:
                return "trusted"
            error = self._library.X509_STORE_CTX_get_error(context)
            self._library.ERR_clear_error()
            return "expired" if error in _EXPIRED else "unknown"

    # ── what OpenSSL owns and we give back ────────────────────────────────────

    @contextmanager
    def _owned(self, make: str, *arguments: object, free: str) -> Iterator[int]:
        thing = self._made(make, *arguments)
        try:
            yield thing
        finally:
            getattr(self._library, free)(thing)

    def _memory(self, octets: bytes) -> AbstractContextManager[int]:
        return self._owned("BIO_new_mem_buf", octets, len(octets), free="BIO_free")

    @contextmanager
    def _certificate(self, octets: bytes) -> Iterator[int]:
        with self._memory(octets) as memory, self._parsed("d2i_X509_bio", memory, None, free="X509_free") as parsed:
            yield parsed

    def _public_key(self, certificate: int) -> AbstractContextManager[int]:
        return self._parsed("X509_get_pubkey", certificate, free="EVP_PKEY_free")

    @contextmanager
    def _parsed(self, make: str, *arguments: object, free: str) -> Iterator[int]:
        thing = getattr(self._library, make)(*arguments)
        if not thing:
            self._library.ERR_clear_error()
            raise UnreadableCertificateError("no certificate with a key")
        try:
            yield int(thing)
        finally:
            getattr(self._library, free)(thing)

    @contextmanager
    def _store(self, trust: Path) -> Iterator[int]:
        with self._owned("X509_STORE_new", free="X509_STORE_free") as store:
            self._demand(self._library.X509_STORE_load_locations(store, str(trust).encode(), None), "trust file")
            self._library.X509_STORE_set_flags(store, _PARTIAL_CHAIN)
            yield store

    def _made(self, function: str, *arguments: object) -> int:
        made = getattr(self._library, function)(*arguments)
        self._demand(1 if made else 0, function)
        return int(made)

    def _demand(self, result: int, doing: str) -> None:
        if result != 1:
            self._library.ERR_clear_error()
            raise BackendError(f"OpenSSL refused: {doing}")


def _loaded() -> ctypes.CDLL:
    """OpenSSL 3 with the engine behind every GOST name; raises BackendError."""
    name = ctypes.util.find_library("crypto")
    try:
        library = ctypes.CDLL(name or "libcrypto.so.3")
    except OSError as error:
        raise BackendError("OpenSSL's library is not installed") from error
    for function, (result, parameters) in _PROTOTYPES.items():
        getattr(library, function).restype = result
        getattr(library, function).argtypes = parameters
    library.OPENSSL_init_crypto(_LOAD_DYNAMIC_ENGINES, None)
    engine = library.ENGINE_by_id(b"gost")
    if not engine or library.ENGINE_init(engine) != 1 or library.ENGINE_set_default(engine, _EVERY_METHOD) != 1:
        raise BackendError("OpenSSL's GOST engine is not installed (Debian: libengine-gost-openssl)")
    return library

"""How much room a token has left: the one thing of CK_TOKEN_INFO that python-pkcs11 does not pass on."""

import ctypes
import sys
from functools import cache
from typing import Final

_NOT_TOLD: Final = ctypes.c_ulong(-1).value  # CK_UNAVAILABLE_INFORMATION
_GET_TOKEN_INFO: Final = 6  # its place in CK_FUNCTION_LIST
_FUNCTIONS: Final = 68


class _Version(ctypes.Structure):
    _fields_ = (("major", ctypes.c_ubyte), ("minor", ctypes.c_ubyte))


class _FunctionList(ctypes.Structure):
    if sys.platform == "win32":
        _pack_ = 1  # the standard's header says so there
    _fields_ = (("version", _Version), ("functions", ctypes.c_void_p * _FUNCTIONS))


class _TokenInfo(ctypes.Structure):
    """CK_TOKEN_INFO."""

    if sys.platform == "win32":
        _pack_ = 1
    _fields_ = (
        *(("label", ctypes.c_char * 32), ("manufacturer", ctypes.c_char * 32)),
        *(("model", ctypes.c_char * 16), ("serial", ctypes.c_char * 16), ("flags", ctypes.c_ulong)),
        *(("max_sessions", ctypes.c_ulong), ("sessions", ctypes.c_ulong)),
        *(("max_rw_sessions", ctypes.c_ulong), ("rw_sessions", ctypes.c_ulong)),
        *(("max_pin", ctypes.c_ulong), ("min_pin", ctypes.c_ulong)),
        *(("total_public", ctypes.c_ulong), ("free_public", ctypes.c_ulong)),
        *(("total_private", ctypes.c_ulong), ("free_private", ctypes.c_ulong)),
        *(("hardware", _Version), ("firmware", _Version), ("time", ctypes.c_char * 16)),
    )


def free_memory(module: str, slot: int) -> int | None:
    """Bytes left on the token in this slot; None when it does not tell. The library must be running."""
    info = _TokenInfo()
    if _function(module)(slot, ctypes.byref(info)) != 0:
        return None
    rooms = ((info.total_public, info.free_public), (info.total_private, info.free_private))
    told = [free for total, free in rooms if free != _NOT_TOLD and total not in {0, _NOT_TOLD}]
    return min(told) if told else None


@cache
def _function(module: str) -> "ctypes._FuncPointer":
    functions = ctypes.POINTER(_FunctionList)()
    ctypes.CDLL(module).C_GetFunctionList(ctypes.byref(functions))  # loaded already: the same library once more
    address = functions.contents.functions[_GET_TOKEN_INFO]
    return ctypes.CFUNCTYPE(ctypes.c_ulong, ctypes.c_ulong, ctypes.POINTER(_TokenInfo))(address)

"""libchdb by ctypes: Library(path).connect(folder) -> Connection with run() and stream()."""

import ctypes
import glob
import os
import re

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def find():
    """Path of libchdb.so: STARC_LIBCHDB, or where `make chdb` puts it; None when there is none. The Python
    package's file has none of the functions called here: where the program has that one, tests still use this."""
    path = os.environ.get("STARC_LIBCHDB") or ""
    if not path or os.path.basename(path).startswith("_chdb"):
        path = os.path.join(ROOT, "build", "chdb", "libchdb.so")
    return path if os.path.exists(path) else None


def find_adbc():
    """Path of the Python package's engine, where `scripts/setup adbc` puts it; None when there is none."""
    path = os.path.join(ROOT, "build", "adbc", "chdb", "_chdb.abi3.so")
    return path if os.path.exists(path) else None


def find_wheel():
    """Path of the Python package as it is in its registry, from the same place; None when there is none."""
    found = glob.glob(os.path.join(ROOT, "build", "adbc", "chdb_core-*.whl"))
    return found[0] if found else None


class EngineError(Exception):
    def __init__(self, text):
        super().__init__(text)
        m = re.search(r"Code: (\d+)", text)
        self.code = int(m.group(1)) if m else 1000


class Library:
    def __init__(self, path):
        self.so = lib = ctypes.CDLL(path)
        void, size, text = ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p
        for name, result, args in (
            ("connect", ctypes.POINTER(void), [ctypes.c_int, ctypes.POINTER(text)]),
            ("close_conn", None, [void]),
            ("query_n", void, [void, text, size, text, size]),
            ("stream_query_n", void, [void, text, size, text, size]),
            ("stream_fetch_result", void, [void, void]),
            ("stream_cancel_query", None, [void, void]),
            ("destroy_query_result", None, [void]),
            ("result_buffer", void, [void]),
            ("result_length", size, [void]),
            ("result_error", text, [void]),
            ("result_rows_written", ctypes.c_uint64, [void]),
        ):
            f = getattr(lib, "chdb_" + name)
            f.restype, f.argtypes = result, args
            setattr(self, name, f)
        if hasattr(lib, "chdb_set_signal_handlers_enabled"):
            lib.chdb_set_signal_handlers_enabled(0)

    def open(self, folder, *more):
        return Connection(self, folder, *more)


class Connection:
    """`more`: further arguments of the engine, the same for all connections of a process."""

    def __init__(self, lib, folder, *more):
        self.lib = lib
        args = [b"clickhouse", b"--path=" + os.fsencode(folder), *map(os.fsencode, more)]
        self.ptr = lib.connect(len(args), (ctypes.c_char_p * len(args))(*args))
        if not self.ptr:
            raise EngineError("Code: 1000. DB::Exception: cannot open " + folder)

    def _take(self, res):
        """Bytes of a result, which is freed; raises what it says is wrong."""
        try:
            err = self.lib.result_error(res)
            if err:
                raise EngineError(err.decode("utf-8", "replace"))
            n = self.lib.result_length(res)
            return ctypes.string_at(self.lib.result_buffer(res), n) if n else b""
        finally:
            self.lib.destroy_query_result(res)

    def _wash(self):
        """A failed statement's half-written output must not reach the next one."""
        self.lib.destroy_query_result(self.lib.query_n(self.ptr[0], b"SELECT 1", 8, b"Null", 4))

    def run(self, sql, fmt=b"TabSeparated"):
        """The whole output of one statement and the rows it wrote."""
        res = self.lib.query_n(self.ptr[0], sql, len(sql), fmt, len(fmt))
        written = 0 if self.lib.result_error(res) else self.lib.result_rows_written(res)
        try:
            return self._take(res), written
        except EngineError:
            self._wash()
            raise

    def stream(self, sql, fmt):
        """Pieces of a SELECT's output, each with the format's own header lines."""
        stream = self.lib.stream_query_n(self.ptr[0], sql, len(sql), fmt, len(fmt))
        err = self.lib.result_error(stream)
        done = first = True
        try:
            if err:
                raise EngineError(err.decode("utf-8", "replace"))
            done = False
            while True:
                try:
                    piece = self._take(self.lib.stream_fetch_result(self.ptr[0], stream))
                except EngineError as e:
                    if not first and "No active streaming query" in str(e):
                        piece = b""
                    else:
                        done = True
                        raise
                first = False
                if not piece:
                    done = True
                    return
                yield piece
        except EngineError:
            self._wash()
            raise
        finally:
            if not done:
                self.lib.stream_cancel_query(self.ptr[0], stream)
            self.lib.destroy_query_result(stream)

    def close(self):
        if self.ptr:
            self.lib.close_conn(self.ptr)
        self.ptr = None

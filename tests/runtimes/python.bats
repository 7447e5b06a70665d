#!/usr/bin/env bats
# SPDX-License-Identifier: MIT
# CPython, with faulthandler and without (row 62): its handlers run first, then they raise the signal again.

ROOT=$(cd "$BATS_TEST_DIRNAME/../.." && pwd)
load helpers
setup() { setup_runtime; }
teardown() { teardown_crash; }

PYTHON=/usr/bin/python3
FAULTHANDLER='import faulthandler, ctypes, threading; faulthandler.enable();'

python() { dies "$PYTHON" -c "$1"; }

@test "Python: threads, pools, signals, children, a traceback after a time are undisturbed [row 62]" {
    undisturbed 5 "$PYTHON" "$PROGRAMS/work.py"
    grep -q 'pool 328350' "$TMP/with.out"
}

@test "Python: a fault with faulthandler: both reports, ours shows the original fault [row 62]" {
    python "$FAULTHANDLER faulthandler._read_null()"
    own_words err 'Fatal Python error: Segmentation fault'
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "promoted" true "$(report .signal.promoted)"
    expect_frames _PyEval_EvalFrameDefault Py_BytesMain _start
}

@test "Python: a fault in a thread with faulthandler: both reports [row 62]" {
    python "$FAULTHANDLER t = threading.Thread(target=ctypes.string_at, args=(0,)); t.start(); t.join()"
    own_words err 'Fatal Python error: Segmentation fault'
    own_words err 'threading.py'
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "promoted" true "$(report .signal.promoted)"
    expect_frames ffi_call _PyEval_EvalFrameDefault clone3
}

@test "Python: a stack overflow with faulthandler on its alternate stack: both reports [row 62]" {
    python "$FAULTHANDLER faulthandler._stack_overflow()"
    own_words err 'Fatal Python error: Segmentation fault'
    want "promoted" true "$(report .signal.promoted)"
    expect_title SIGSEGV 'stack overflow'
}

@test "Python: signals that the program raises, with faulthandler, are sent and no fault [row 62]" {
    python "$FAULTHANDLER faulthandler._sigsegv()"
    own_words err 'Fatal Python error: Segmentation fault'
    want "sent" "true false" "$(report '.signal | "\(.sent) \(.promoted)"')"
    expect_title 'SIGSEGV sent by the process itself'
}

@test "Python: abort with faulthandler: both reports [row 62]" {
    python "$FAULTHANDLER faulthandler._sigabrt()"
    own_words err 'Fatal Python error: Aborted'
    expect_status 6 -
    want "signal" SIGABRT "$(report .signal.name)"
}

@test "Python: a fatal error of the interpreter in a thread of C is reported [row 62]" {
    python "$FAULTHANDLER faulthandler._fatal_error_c_thread()"
    own_words err 'Fatal Python error: faulthandler_fatal_error_thread'
    expect_status 6 -
    expect_title "Python fatal error"
    expect_frames abort _Py_FatalErrorFunc clone3
}

@test "Python: without faulthandler, a read through NULL by ctypes in a thread is reported [row 62]" {
    python 'import ctypes, threading; t = threading.Thread(target=ctypes.string_at, args=(0,)); t.start(); t.join()'
    expect_signal 11 SIGSEGV SEGV_MAPERR 0x0
    want "promoted" false "$(report .signal.promoted)"
    expect_frames ffi_call _PyEval_EvalFrameDefault clone3
}

@test "Python: os.abort() is reported [row 62]" {
    python 'import os; os.abort()'
    expect_status 6 -
    expect_title abort
}

@test "Python: SIGSEGV ignored by signal.signal: the kernel kills, no bundle [row 61d]" {
    BUNDLES=0
    python 'import signal, ctypes; signal.signal(signal.SIGSEGV, signal.SIG_IGN); ctypes.string_at(0)'
    expect_status 11 -
}

@test "Python: a worker of multiprocessing dies: the parent sees -11, the bundle is the worker's [row 62]" {
    dies "$PYTHON" -c 'import ctypes, multiprocessing as m
p = m.get_context("fork").Process(target=ctypes.string_at, args=(0,)); p.start(); p.join(); print("exitcode", p.exitcode)'
    want "exit" 0 "$(status_of with exit)"
    want "seen by the parent" "$(cat "$TMP/without.out")" "$(cat "$TMP/with.out")"
    grep -q 'exitcode -11' "$TMP/with.out"
    want "signal" "SIGSEGV 0x0" "$(report '.signal | "\(.name) \(.addr)"')"
}

@test "Python: a worker of concurrent.futures dies: BrokenProcessPool [row 62]" {
    dies "$PYTHON" -c 'import ctypes, concurrent.futures as c
with c.ProcessPoolExecutor(1) as pool:
    try:
        pool.submit(ctypes.string_at, 0).result()
    except c.process.BrokenProcessPool:
        print("broken")'
    want "exit" 0 "$(status_of with exit)"
    grep -q broken "$TMP/with.out"
    want "signal" "SIGSEGV 0x0" "$(report '.signal | "\(.name) \(.addr)"')"
}

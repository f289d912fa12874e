#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a built image over its vectors and tells a person how it went; `make run` sets the variables.
# The exit status is the image's own: 0 only when every output byte is the expected one.
# A program other than the harness just runs: what it prints and its exit status are its own.
set -u

fail() { echo "firmware: $1" >&2; exit 2; }
field() { printf '%s\n' "$verdict" | sed -n "s/.*\"$1\": \([0-9]*\).*/\1/p"; }
line() { printf '  %-16s%s\n' "$1" "$2"; }

needs_qemu() {
    [ -n "$MACHINE" ] || fail "BOARD=$BOARD has no ECGP_QEMU machine in its board.mk: flash it"
    command -v "$QEMU" >/dev/null || fail "$QEMU is not installed (Debian package qemu-system-arm)"
}
# Runs the board's emulator: $1 what follows "enable=on" of semihosting, then further options.
emulate() {
    arguments=$1
    shift
    timeout "$TIMEOUT" "$QEMU" -M "$MACHINE" -display none -monitor none -serial none -no-reboot \
        -semihosting-config "enable=on,target=native$arguments" -kernel firmware.elf "$@" 2>&1
}

if [ "$APP" != harness ]; then
    cd "$OUT" || fail "there is no $OUT"
    if [ "$BOARD" = host ]; then timeout "$TIMEOUT" ./firmware; else needs_qemu && emulate ""; fi
    exit
fi
[ -f "$VECTORS" ] || fail "no test vectors: $VECTORS does not exist"
cp "$VECTORS" "$OUT/vectors.bin" && cd "$OUT" || fail "cannot write to $OUT"
if [ "$BOARD" = host ]; then
    output=$(timeout "$TIMEOUT" ./firmware --vectors vectors.bin --outputs outputs.bin)
    status=$?
else
    needs_qemu
    rm -f counts.txt
    set --
    if [ -f insn_count.so ]; then
        marker() { "${CROSS}nm" firmware.elf | sed -n "s/^\([0-9a-f]*\) [Tt] ecgp_marker_$1\$/0x\1/p"; }
        set -- -plugin "./insn_count.so,begin=$(marker begin),end=$(marker end),out=counts.txt"
    fi
    output=$(emulate ,arg=firmware,arg=--vectors,arg=vectors.bin,arg=--outputs,arg=outputs.bin "$@")
    status=$?
fi
[ "$status" -ne 124 ] || fail "killed after $TIMEOUT s without a verdict"
verdict=$(printf '%s\n' "$output" | grep '^ECGP {' | tail -n 1)
[ -n "$verdict" ] && [ "$status" -le 1 ] || fail "no verdict (exit status $status): $(printf "%s" "$output" | tail -n 1 | sed "s/^ECGP error: //")"

line board "$BOARD ($DESCRIPTION)"
line core "$CORE"
line vectors "$(field vectors)"
line mismatches "$(field mismatches)"
if [ "$BOARD" != host ]; then
    if [ -f counts.txt ]; then
        low=$(sed -n 's/^min //p' counts.txt) high=$(sed -n 's/^max //p' counts.txt)
        [ "$low" = "$high" ] && count=$low || count="$low to $high"
        line instructions "$count per inference"
    else
        line instructions "not counted: no host C compiler for the QEMU plugin"
    fi
    sections=$("${CROSS}size" -A firmware.elf)
    bytes() { printf '%s\n' "$sections" | awk -v want=" $* " 'index(want, " " $1 " ") { n += $2 } END { print n + 0 }'; }
    line flash "$(bytes .text .ARM.extab .ARM.exidx .data) bytes, the whole image"
    static=$(bytes .data .bss)
    line RAM "$((static + $(field stack_bytes))) bytes (data $static, of it arena $(field arena_bytes); stack $(field stack_bytes))"
fi
if [ "$status" -eq 0 ]; then
    line verdict "bit-exact: every output byte is the expected one"
else
    line verdict "NOT equal: $(field mismatches) of $(field vectors) vectors differ"
fi
exit "$status"

#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs make with BOARD, MODEL_DIR, APP and OUT, whose names hold blanks, under names without: links in a folder for this call.
# Usage: BOARD=... MODEL_DIR=... APP=... OUT=... without_blanks.sh MAKE ARGUMENT...
set -u
case ${TMPDIR:-/tmp} in *[[:space:]]*) TMPDIR=/tmp ;; esac
export TMPDIR

links=$(mktemp -d "${TMPDIR:-/tmp}/ecgprune-XXXXXX") || exit 1
trap 'rm -rf "$links"' EXIT
trap 'exit 130' HUP INT TERM

# Prints a name for the folder $1: itself, or a link $2 to it where it holds a blank.
name() {
    case $1 in
        *[[:space:]]*) ;;
        *) echo "$1"; return ;;
    esac
    case $1 in /*) ln -s "$1" "$links/$2" ;; *) ln -s "$PWD/$1" "$links/$2" ;; esac && echo "$links/$2"
}

mkdir -p "$OUT" || exit 1
unset MAKEFLAGS MFLAGS MAKEOVERRIDES GNUMAKEFLAGS
"$@" "BOARD=$(name "$BOARD" "$(basename "$BOARD" | tr '[:space:]' _)")" "MODEL_DIR=$(name "$MODEL_DIR" model)" "APP=$(name "$APP" app)" "OUT=$(name "$OUT" out)"

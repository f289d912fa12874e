"""Frames between the host and a device: what is sent arrives, however it is cut, and damage costs one frame."""

import binascii
import random
import re
import struct

import pytest
from firmware_models import FIRMWARE

from ecgprune.board import link

HEADER = (FIRMWARE / "platform/link.h").read_text()


def test_frames_arrive_however_the_bytes_are_cut():
    draw = random.Random(1)
    sent = [
        link.Frame(draw.randrange(256), n % 256, bytes(draw.choice((0, 0, 1, 255)) for _ in range(draw.randrange(57))))
        for n in range(300)
    ]
    line = b"".join(link.encode(frame.type, frame.number, frame.data) for frame in sent)
    decoder, got = link.Decoder(), []
    while line:
        count = draw.randrange(1, 90)
        got += decoder.feed(line[:count])
        line = line[count:]
    assert got == sent
    assert decoder.damaged == 0


def test_zero_is_nowhere_but_between_frames():
    coded = link.encode(link.Type.SAMPLES, 0, bytes(link.MOST_DATA))
    assert coded.index(0) == len(coded) - 1 == link.MOST_DATA + 5


def test_the_checksum_is_that_of_an_independent_source():
    data = b"123456789"
    assert binascii.crc_hqx(data, 0xFFFF) == 0x29B1
    crc = binascii.crc_hqx(data, 0xFFFF).to_bytes(2, "little")
    assert link.encode(*data[:2], data[2:]) == b"\x0c" + data + crc + b"\0"


@pytest.mark.parametrize("at", range(12))
def test_a_damaged_byte_costs_its_own_frame_or_the_next_one(at):
    frames = [link.encode(link.Type.SAMPLES, n, bytes([n + 1] * 7)) for n in range(3)]
    damaged = bytearray(b"".join(frames))
    damaged[len(frames[0]) + at] ^= 0x55
    decoder = link.Decoder()
    got = [frame.number for frame in decoder.feed(bytes(damaged))]
    assert got[0] == 0
    assert got in ([0, 2], [0])
    assert decoder.damaged >= 1
    assert decoder.feed(frames[1])[0].number == 1


def test_both_ends_have_the_same_numbers():
    numbers = dict(re.findall(r"LINK_(\w+) = (\d+)", HEADER))
    assert {name: int(numbers.pop(name)) for name in link.Type.__members__} == dict(link.Type.__members__)
    assert {name: int(value) for name, value in numbers.items()} == dict(link.Status.__members__)
    assert re.search(r"LINK_VERSION (\d+)u", HEADER)[1] == str(link.VERSION)
    assert re.search(r"LINK_MOST_DATA (\d+)u", HEADER)[1] == str(link.MOST_DATA)


def test_a_fault_is_told_in_words():
    assert link.Fault(0, 0, 0, 0, 0, 0).told() == "the stack overflowed"
    told = link.Fault(3, 0x1234, 0x2001, 0x8200, 0xE0000000, 0x20001000).told("f")
    assert told == "hard fault at 0x00001234 in f, called from 0x00002000, CFSR 0x00008200, address 0xe0000000"


def test_differences_are_a_byte_where_they_fit_and_else_the_sample_itself():
    samples = struct.pack("<6h", 101, -50, 228, 77, 101, -32768)
    assert link.changes(samples, [100, 50]) == bytes([1, 256 - 100, 127, 127, 256 - 127, 0x80, 0x00, 0x80])

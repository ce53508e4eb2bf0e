"""Sends the same forged IPv6 packets to two hosts, and prints what each answers: a line a packet, "name|answer|answer".

Arguments: of each host the interface, the station of it, the source, the destination.
"""
import logging
import select
import socket
import sys
import time

logging.getLogger("scapy").setLevel(logging.CRITICAL)
from scapy.all import (  # noqa: E402
    Ether, HBHOptUnknown, ICMPv6EchoRequest, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, ICMPv6Unknown, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, Jumbo, Pad1, PadN, Raw, RouterAlert, TCP, UDP, get_if_hwaddr, raw)

WAIT = 0.3


def echo(number):
    return ICMPv6EchoRequest(id=7, seq=number, data=b"x" * 24)


def unknown(action, header):
    return header(options=[HBHOptUnknown(otype=0x1E | action << 6, optlen=4, optdata=b"abcd")])


def fragments(packet, *cuts):
    """The parts of a packet's payload: (offset, length, more) of each."""
    base, payload = packet.copy(), raw(packet.payload)
    base.remove_payload()
    return [
        base / IPv6ExtHdrFragment(nh=58, offset=at // 8, m=more, id=0x1234 + len(payload)) / Raw(payload[at:at + length])
        for at, length, more in cuts]


def cases(s, d):
    ip = IPv6(src=s, dst=d)
    yield "plain", ip / echo(1)
    yield "hop-by-hop", ip / IPv6ExtHdrHopByHop(options=[PadN(optdata=b"\0\0\0\0")]) / echo(2)
    yield "router alert", ip / IPv6ExtHdrHopByHop(options=[RouterAlert()]) / echo(3)
    yield "destination options", ip / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0\0\0")]) / echo(4)
    yield "hop-by-hop not first", ip / IPv6ExtHdrDestOpt() / IPv6ExtHdrHopByHop() / echo(5)
    for action in range(4):
        yield f"unknown hop-by-hop option, action {action}", ip / unknown(action, IPv6ExtHdrHopByHop) / echo(6)
        yield f"unknown destination option, action {action}", ip / unknown(action, IPv6ExtHdrDestOpt) / echo(7)
    yield "padding with octets", ip / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\1\0\0")]) / echo(8)
    yield "seven pads", ip / IPv6ExtHdrDestOpt(options=[Pad1()] * 6) / echo(9)
    yield "a dozen pads", ip / IPv6ExtHdrDestOpt(options=[Pad1()] * 14) / echo(9)
    yield "route of type 0 that is done", ip / IPv6ExtHdrRouting(type=0, segleft=0, addresses=[d]) / echo(10)
    yield "route of type 0", ip / IPv6ExtHdrRouting(type=0, segleft=1, addresses=["2001:db8:ff::1"]) / echo(11)
    yield "route of type 99", ip / IPv6ExtHdrRouting(type=99, segleft=1, addresses=["2001:db8:ff::1"]) / echo(12)
    yield "unknown header", IPv6(src=s, dst=d, nh=253) / Raw(b"x" * 24)
    yield "no header", IPv6(src=s, dst=d, nh=59) / Raw(b"x" * 24)
    yield "unknown header after an extension", ip / IPv6ExtHdrDestOpt(nh=253) / Raw(b"x" * 24)
    yield "atomic fragment", fragments(ip / echo(13), (0, 32, 0))
    yield "two fragments", fragments(ip / ICMPv6EchoRequest(id=7, data=b"y" * 40), (0, 24, 1), (24, 24, 0))
    yield "fragments backwards", fragments(ip / ICMPv6EchoRequest(id=7, data=b"y" * 56), (32, 32, 0), (0, 32, 1))
    yield "the same fragment twice", fragments(ip / ICMPv6EchoRequest(id=7, data=b"y" * 72), (0, 40, 1), (0, 40, 1), (40, 40, 0))
    yield "overlap", fragments(ip / ICMPv6EchoRequest(id=7, data=b"y" * 88), (0, 40, 1), (32, 40, 1), (72, 24, 0))
    yield "odd fragment", fragments(ip / ICMPv6EchoRequest(id=7, data=b"y" * 104), (0, 41, 1))
    yield "beyond 65,535", IPv6(src=s, dst=d) / IPv6ExtHdrFragment(nh=58, offset=8190, m=0, id=77) / Raw(b"x" * 64)
    yield "headers cut off", IPv6(src=s, dst=d) / IPv6ExtHdrFragment(nh=60, offset=0, m=1, id=78) / Raw(bytes([58, 5]) + b"\0" * 6)
    yield "too long for itself", IPv6(src=s, dst=d, plen=900, nh=58) / echo(14)
    yield "bad ICMPv6 checksum", ip / ICMPv6EchoRequest(id=7, seq=15, cksum=0x1234)
    yield "datagram without checksum", ip / UDP(sport=4000, dport=7, chksum=0) / b"hello"
    yield "datagram", ip / UDP(sport=4000, dport=7) / b"hello"
    yield "datagram of a wrong length", ip / UDP(sport=4000, dport=7, len=200) / b"hello"
    yield "closed port", ip / UDP(sport=4000, dport=4444) / b"hello"
    yield "closed port of streams", ip / TCP(sport=4000, dport=4444, flags="S", seq=9)
    yield "open port of streams", ip / TCP(sport=4001, dport=7, flags="S", seq=9)
    yield "all flags", ip / TCP(sport=4002, dport=7, flags="SFRPAU", seq=9)
    yield "from a group", IPv6(src="ff02::1", dst=d) / echo(16)
    yield "from loopback", IPv6(src="::1", dst=d) / echo(17)
    yield "from nobody", IPv6(src="::", dst=d) / echo(18)
    yield "from itself", IPv6(src=d, dst=d) / echo(19)
    yield "mapped source", IPv6(src="::ffff:192.0.2.1", dst=d) / echo(20)
    yield "to loopback", IPv6(src=s, dst="::1") / echo(21)
    yield "jumbogram that is none", ip / IPv6ExtHdrHopByHop(options=[Jumbo(jumboplen=1000)]) / echo(22)
    yield "hop limit 0", IPv6(src=s, dst=d, hlim=0) / echo(23)
    yield "another version", Raw(b"\x50" + raw(ip / echo(24))[1:])
    yield "solicitation", IPv6(src=s, dst=d, hlim=255) / ICMPv6ND_NS(tgt=d)
    yield "solicitation from afar", IPv6(src=s, dst=d, hlim=64) / ICMPv6ND_NS(tgt=d)
    yield "solicitation with an empty option", IPv6(src=s, dst=d, hlim=255) / ICMPv6ND_NS(tgt=d) / ICMPv6NDOptSrcLLAddr(len=0)
    yield "solicitation of another", IPv6(src=s, dst=d, hlim=255) / ICMPv6ND_NS(tgt="2001:db8:ff::9")
    yield "solicitation of a group", IPv6(src=s, dst=d, hlim=255) / ICMPv6ND_NS(tgt="ff02::1")
    yield "solicitation in a fragment", fragments(IPv6(src=s, dst=d, hlim=255) / ICMPv6ND_NS(tgt=d), (0, 24, 0))
    yield "unknown error", ip / ICMPv6Unknown(type=100) / Raw(b"x" * 48)
    yield "unknown question", ip / ICMPv6Unknown(type=200) / Raw(b"x" * 48)
    yield "plain again", ip / echo(25)


def read(frame, d):
    """What an answer says; None for what is none."""
    packet = IPv6(frame[14:])
    if packet.src != d:
        return None
    octets = raw(packet.payload)
    if packet.nh == 58 and octets[0] in (1, 2, 3, 4):
        return f"error {octets[0]} {octets[1]} {int.from_bytes(octets[4:8], 'big')}"
    if packet.nh == 58 and octets[0] == 135:
        return None
    if packet.nh == 58:
        return f"message {octets[0]} of {len(octets)}"
    if packet.nh == 6:
        return f"segment {octets[13]:#x}"
    return f"protocol {packet.nh} of {len(octets)}"


def main(arguments):
    hosts, sockets = [], []
    for i in range(0, len(arguments), 4):
        name, station, s, d = arguments[i:i + 4]
        end = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x86DD))
        end.bind((name, 0x86DD))
        hosts.append((list(cases(s, d)), bytes(Ether(src=get_if_hwaddr(name), dst=station, type=0x86DD)), d))
        sockets.append(end)
    for number, (name, _) in enumerate(hosts[0][0]):
        answers = [[] for _ in hosts]
        for (packets, header, _), end in zip(hosts, sockets):
            packet = packets[number][1]
            for one in packet if isinstance(packet, list) else [packet]:
                end.send(header + raw(one))
        until = time.monotonic() + WAIT
        while (left := until - time.monotonic()) > 0:
            for end in select.select(sockets, [], [], left)[0]:
                i = sockets.index(end)
                frame, address = end.recvfrom(65536)
                if address[2] == socket.PACKET_OUTGOING:
                    continue
                answer = read(frame, hosts[i][2])
                if answer is not None and answer not in answers[i]:
                    answers[i].append(answer)
        print(name, *(", ".join(sorted(one)) or "silence" for one in answers), sep="|", flush=True)


main(sys.argv[1:])

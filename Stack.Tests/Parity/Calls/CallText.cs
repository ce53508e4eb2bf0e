using System.Globalization;

namespace UserNet.Tests.Parity.Calls;

/// <summary>Calls as lines of C, for people.</summary>
internal static class CallText
{
    public static string Of(Call call)
    {
        string d = Symbol(call.Descriptor), data = Octets(call.Octets, call.Length), address = Address(call.Address, call.AddressLength);
        string room = $"{Room(call.Address)}, {(call.HasLength ? $"&{call.AddressLength}" : "NULL")}";
        string text = call.Kind switch
        {
            CallKind.Socket => $"socket({Domain(call.A)}, {Type(call.B)}, {call.C})",
            CallKind.SocketPair => $"socketpair({Domain(call.A)}, {Type(call.B)}, {call.C}, {(call.Octets is null ? "NULL" : "pair")})",
            CallKind.OpenNull => "open(\"/dev/null\")",
            CallKind.Bind or CallKind.Connect => $"{call.Kind}({d}, {address})",
            CallKind.Listen or CallKind.Shutdown or CallKind.FChown => $"{call.Kind}({d}, {call.A})",
            CallKind.Accept or CallKind.GetSockName or CallKind.GetPeerName => $"{call.Kind}({d}, {room})",
            CallKind.Accept4 => $"accept4({d}, {room}, 0x{call.Flags:x})",
            CallKind.SetSockOpt => $"setsockopt({d}, {call.A}, {call.B}, {data})",
            CallKind.GetSockOpt => $"getsockopt({d}, {call.A}, {call.B}, {Room(call.Octets)}, {(call.HasLength ? $"&{call.Length}" : "NULL")})",
            CallKind.Send or CallKind.Recv => $"{call.Kind}({d}, {Part(call)}, 0x{call.Flags:x})",
            CallKind.Write or CallKind.Read => $"{call.Kind}({d}, {Part(call)})",
            CallKind.SendTo => $"sendto({d}, {data}, 0x{call.Flags:x}, {address})",
            CallKind.RecvFrom => $"recvfrom({d}, {Room(call.Octets)}, {call.Length}, 0x{call.Flags:x}, {room})",
            CallKind.SendMsg => $"sendmsg({d}, {{{address}, {data}{Pieces(call)}, [{string.Join(' ', call.Control?.Select(ControlOf) ?? [])}]}}, 0x{call.Flags:x})",
            CallKind.RecvMsg => $"recvmsg({d}, {{{room}, {Room(call.Octets)}{Pieces(call)}, control {call.ControlRoom}}}, 0x{call.Flags:x})",
            CallKind.Close or CallKind.Dup => $"{call.Kind}({d})",
            CallKind.Poll => $"poll({string.Join(' ', call.Polled!.Select(static entry => $"{Symbol(entry.Descriptor)}:0x{entry.Events:x}"))})",
            CallKind.Fcntl => $"fcntl({d}, {call.A}, {call.B})",
            CallKind.IoControl => $"ioctl({d}, 0x{call.A:x})",
            _ => $"{call.Kind}({call.A})",
        };
        text = char.ToLowerInvariant(text[0]) + text[1..];
        return call.SecondSlot >= 0 ? $"s{call.Slot}, s{call.SecondSlot} = {text}" : call.Slot >= 0 ? $"s{call.Slot} = {text}" : text;
    }

    private static string ControlOf(ControlMessage message) =>
        $"{message.Level}/{message.Type} {(message.Descriptors is { } passed ? string.Join(',', passed.Select(Symbol)) : Convert.ToHexStringLower(message.Octets))}{(message.LengthChange == 0 ? "" : $" length{message.LengthChange:+0;-0}")}";

    private static string Symbol(int descriptor) => descriptor switch
    {
        Call.MinusOne => "-1",
        Call.Least => "INT_MIN",
        Call.NeverOpened => "403",
        _ => $"s{descriptor}",
    };

    private static string Part(Call call) => call.Kind is CallKind.Send or CallKind.Write ? Octets(call.Octets, call.Length) : $"{Room(call.Octets)}, {call.Length}";

    private static string Pieces(Call call) => call.Pieces is { } pieces ? $" cut {string.Join('+', pieces)}" : "";

    private static string Domain(int domain) => domain switch { 1 => "AF_UNIX", 2 => "AF_INET", 10 => "AF_INET6", _ => domain.ToString(CultureInfo.InvariantCulture) };

    private static string Type(int type)
    {
        string kind = (type & 0xF) switch { 1 => "SOCK_STREAM", 2 => "SOCK_DGRAM", 3 => "SOCK_RAW", 5 => "SOCK_SEQPACKET", _ => $"{type & 0xF}" };
        int rest = type & ~0xF;
        return rest == 0 ? kind : rest == Libc.NonBlock ? kind + "|NB" : $"{kind}|0x{rest:x}";
    }

    private static string Room(byte[]? room) => room is null ? "NULL" : $"room {room.Length}";

    private static string Octets(byte[]? octets, int length) => octets is null ? $"NULL, {length}"
        : $"{(octets.Length <= 32 ? Convert.ToHexStringLower(octets) : $"{octets.Length} octets")}, {length}";

    private static string Address(byte[]? address, int length)
    {
        if (address is null) return $"NULL, {length}";
        if (address.Length is not (16 or 24 or 28 or 32) || address[1] != 0 || address[0] is not (0 or 2 or 10)) return $"{Convert.ToHexStringLower(address)}, {length}";
        int port = (address[2] << 8) | address[3];
        string name = port switch
        {
            >= Ports.FirstNamed and < Ports.FirstNamed + Ports.Named => $"P{port - Ports.FirstNamed}",
            >= Ports.FirstOfSlot and < Ports.FirstOfSlot + Ports.Slots => $"port of s{port - Ports.FirstOfSlot}",
            _ => port.ToString(CultureInfo.InvariantCulture),
        };
        string ip = address[0] == 10 && address.Length >= 24
            ? $"[{new System.Net.IPAddress(address[8..24])}%{(address.Length >= 28 ? BitConverter.ToUInt32(address, 24) : 0)}]"
            : $"{new System.Net.IPAddress(address[4..8])}";
        return $"{{{address[0]} {ip}:{name}}}/{address.Length}, {length}";
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace UserNet.Tests.Parity.Calls;

/// <summary>Plays a sequence of calls on one side: symbols become descriptors and ports, and what is answered becomes symbols again.</summary>
internal sealed class CallPlayer(ICalls calls, int firstPort)
{
    private const byte Untouched = 0xA5;

    private readonly Dictionary<int, int> _slots = [];
    private readonly Dictionary<int, SocketKind> _kinds = [];
    private readonly List<int> _ephemeral = [];
    private readonly List<string> _automatic = [];

    /// <summary>The side's number for a symbol.</summary>
    public int DescriptorOf(int symbol) => symbol switch
    {
        Call.MinusOne => -1,
        Call.Least => int.MinValue,
        >= 0 when _slots.TryGetValue(symbol, out int descriptor) => descriptor,
        _ => calls.FirstDescriptor + 400,      // never opened
    };

    /// <summary>Domain, type and protocol of a slot's socket.</summary>
    public SocketKind KindOf(int symbol) => _kinds.GetValueOrDefault(DescriptorOf(symbol));

    /// <summary>Closes what a call opened that the other side did not: it counts as never opened.</summary>
    public void Forget(Call call)
    {
        foreach (int slot in (int[])[call.Slot, call.SecondSlot])
        {
            if (!_slots.Remove(slot, out int descriptor)) continue;
            _kinds.Remove(descriptor);
            _ = calls.Close(descriptor);
        }
    }

    /// <summary>Makes the call.</summary>
    public CallAnswer Play(Call call)
    {
        int descriptor = DescriptorOf(call.Descriptor);
        byte[]? octets = (byte[]?)call.Octets?.Clone(), address = Localize(call.Address);
        int length = call.Length, addressLength = call.AddressLength, descriptors = 0;
        switch (call.Kind)
        {
            case CallKind.Socket: return Opened(call, calls.Socket(call.A, call.B, call.C));
            case CallKind.SocketPair: return Paired(call, octets is null ? null : new int[2]);
            case CallKind.OpenNull: return Opened(call, calls.OpenNull());
            case CallKind.Bind: return new(calls.Bind(descriptor, address, addressLength), "");
            case CallKind.Listen: return new(calls.Listen(descriptor, call.A), "");
            case CallKind.Connect: return new(calls.Connect(descriptor, address, addressLength), "");
            case CallKind.Accept or CallKind.Accept4:
                CallAnswer opened = Opened(call, calls.Accept(descriptor, address, ref addressLength, call.HasLength, call.Kind == CallKind.Accept4 ? call.Flags : null));
                return opened with { Written = NameText(address, addressLength) };
            case CallKind.GetSockName or CallKind.GetPeerName:
                int named = calls.Name(descriptor, call.Kind == CallKind.GetPeerName, address, ref addressLength, call.HasLength);
                return new(named, NameText(address, addressLength, isEcho: KindOf(call.Descriptor) is { Type: 2, Protocol: 1 or 58 }));
            case CallKind.SetSockOpt: return new(calls.SetOption(descriptor, call.A, call.B, octets, length), "");
            case CallKind.GetSockOpt:
                int got = calls.GetOption(descriptor, call.A, call.B, octets, ref length, call.HasLength);
                return new(got, $"{Hex(octets)} len {length}");
            case CallKind.Send: return new(calls.Send(descriptor, octets, length, call.Flags), "");
            case CallKind.SendTo: return new(calls.SendTo(descriptor, octets, length, call.Flags, address, addressLength), "");
            case CallKind.Write: return new(calls.Write(descriptor, octets, length), "");
            case CallKind.Recv: return new(calls.Receive(descriptor, octets, length, call.Flags), DataText(octets));
            case CallKind.Read: return new(calls.Read(descriptor, octets, length), DataText(octets));
            case CallKind.RecvFrom:
                int received = calls.ReceiveFrom(descriptor, octets, length, call.Flags, address, ref addressLength, call.HasLength);
                return new(received, $"{DataText(octets)} {NameText(address, addressLength)}");
            case CallKind.SendMsg: return new(calls.SendMessage(descriptor, MessageOf(call, address, octets, isSent: true), call.Flags), "");
            case CallKind.RecvMsg:
                Message message = MessageOf(call, address, octets, isSent: false);
                int taken = calls.ReceiveMessage(descriptor, message, call.Flags);
                return new(taken, MessageText(message, taken));
            case CallKind.Shutdown: return new(calls.Shutdown(descriptor, call.A), "");
            case CallKind.Close: return new(calls.Close(descriptor), "");
            case CallKind.Poll: return Polled(call.Polled!);
            case CallKind.Fcntl:
                int controlled = calls.Control(descriptor, call.A, call.B);
                return call.Slot < 0 ? new(controlled, "") : Opened(call, controlled);
            case CallKind.Dup: return Opened(call, calls.Duplicate(descriptor));
            case CallKind.FChown: return new(calls.ChangeOwner(descriptor, (uint)call.A), "");
            case CallKind.IoControl:
                int answer = calls.IoControl(descriptor, call.A, out int value);
                return new(answer, answer < 0 ? "" : value.ToString(CultureInfo.InvariantCulture));
            case CallKind.BecomeUser:
                calls.BecomeUser((uint)call.A);
                return new(0, "");
            default: throw new NotSupportedException($"{call.Kind} {descriptors}");
        }
    }

    private CallAnswer Opened(Call call, int answer)
    {
        if (answer < 0) return new(answer, "");
        if (call.Slot >= 0)
        {
            _slots[call.Slot] = answer;
            _kinds[answer] = call.Kind == CallKind.Socket ? new SocketKind(call.A, call.B & 0xF, call.C) : KindOf(call.Descriptor);
        }

        return new(answer - calls.FirstDescriptor, "");
    }

    private CallAnswer Paired(Call call, int[]? pair)
    {
        int answer = calls.SocketPair(call.A, call.B, call.C, pair);
        if (answer < 0) return new(answer, "");
        (_slots[call.Slot], _slots[call.SecondSlot]) = (pair![0], pair[1]);
        _kinds[pair[0]] = _kinds[pair[1]] = new SocketKind(call.A, call.B & 0xF, call.C);
        return new(answer, $"{pair[0] - calls.FirstDescriptor} {pair[1] - calls.FirstDescriptor}");
    }

    private CallAnswer Polled(PollEntry[] entries)
    {
        PollEntry[] own = [.. entries.Select(entry => entry with { Descriptor = DescriptorOf(entry.Descriptor) })];
        short[] returned = new short[own.Length];
        int answer = calls.Poll(own, returned);
        return new(answer, string.Join(' ', returned.Select(static events => PollText(events))));
    }

    private Message MessageOf(Call call, byte[]? address, byte[]? octets, bool isSent)
    {
        byte[][]? pieces = octets is null ? null : Cut(octets, call.Pieces ?? [octets.Length]);
        byte[]? control = isSent
            ? call.Control is { Length: > 0 } messages ? ControlText.Compose(messages, DescriptorOf) : null
            : call.ControlRoom > 0 ? Filled(call.ControlRoom) : null;
        return new Message { Address = address, AddressLength = call.AddressLength, Pieces = pieces, Control = control, ControlLength = control?.Length ?? 0 };
    }

    private static byte[][] Cut(byte[] octets, int[] lengths)
    {
        var pieces = new List<byte[]>();
        int at = 0;
        foreach (int length in lengths)
        {
            int taken = Math.Min(length, octets.Length - at);
            pieces.Add(octets[at..(at + taken)]);
            at += taken;
        }

        return [.. pieces];
    }

    /// <summary>A copy of an address in which symbols of ports have become ports.</summary>
    private byte[]? Localize(byte[]? address)
    {
        if (address is null) return null;
        byte[] own = [.. address];
        if (own.Length < 4 || own[0] is not (0 or 2 or 10) || own[1] != 0) return own;
        Span<byte> port = own.AsSpan(2, 2);
        int symbol = BinaryPrimitives.ReadUInt16BigEndian(port);
        if (symbol is >= Ports.FirstNamed and < Ports.FirstNamed + Ports.Named)
            BinaryPrimitives.WriteUInt16BigEndian(port, (ushort)(firstPort + symbol - Ports.FirstNamed));
        else if (symbol is >= Ports.FirstOfSlot and < Ports.FirstOfSlot + Ports.Slots) BinaryPrimitives.WriteUInt16BigEndian(port, PortOf(symbol - Ports.FirstOfSlot));
        return own;
    }

    private ushort PortOf(int slot)
    {
        if (!_slots.TryGetValue(slot, out int descriptor)) return 0;
        byte[] name = new byte[28];
        int length = name.Length;
        bool isInet = calls.Name(descriptor, false, name, ref length, true) == 0 && name[0] is 2 or 10;
        return isInet ? BinaryPrimitives.ReadUInt16BigEndian(name.AsSpan(2)) : (ushort)0;
    }

    private string NameText(byte[]? name, int length, bool isEcho = false)
    {
        string count = string.Create(CultureInfo.InvariantCulture, $"len {length}");
        if (name is null) return count;
        if (name.Length >= 4 && name[0] is 2 or 10 && name[1] == 0)
        {
            int port = BinaryPrimitives.ReadUInt16BigEndian(name.AsSpan(2));
            return $"{name[0]}:{PortText(port, isEcho)} {Hex(name.AsSpan(4))} {count}";
        }

        // Half a port is not told, unless no ephemeral one begins like it; identifiers of echoes are any.
        bool isHalf = name.Length >= 3 && name[0] is 2 or 10 && name[1] == 0;
        if (isHalf && (isEcho || name[2] is >= Ports.FirstEphemeral >> 8 and <= Ports.LastEphemeral >> 8)) return $"{name[0]}:? {count}";
        if (name is [1, 0, 0, _, ..] && name.Length <= 8 && length == 8) return $"{Hex(name.AsSpan(0, 3))}? {count}";      // a part of a name that may be chosen by the system
        return name.Length > 8 && name[0] == 1 && name[1] == 0 && name[2] == 0 ? $"{AutomaticText(name)} {count}" : $"{Hex(name)} {count}";
    }

    private string PortText(int port, bool isEcho)
    {
        if (!isEcho && port >= firstPort && port < firstPort + Ports.Named) return $"P{port - firstPort}";
        if (isEcho ? Ports.OfProtocols.Contains(port) : port <= Ports.LastFixed) return port.ToString(CultureInfo.InvariantCulture);
        int known = _ephemeral.IndexOf(port);
        if (known < 0)
        {
            known = _ephemeral.Count;
            _ephemeral.Add(port);
        }

        return $"E{known}";
    }

    /// <summary>An abstract name of five hexadecimal digits was chosen by the system, like an ephemeral port.</summary>
    private string AutomaticText(byte[] name)
    {
        string digits = Encoding.ASCII.GetString(name, 3, 5);
        if (!digits.All(char.IsAsciiHexDigitLower)) return Hex(name);
        if (!_automatic.Contains(digits)) _automatic.Add(digits);
        return $"A{_automatic.IndexOf(digits)} {Hex(name.AsSpan(8))}";
    }

    private string MessageText(Message message, int answer)
    {
        byte[] all = message.Pieces is null ? [] : [.. message.Pieces.SelectMany(static piece => piece)];
        string control = answer < 0 || message.Control is null
            ? "" : ControlText.Of(message.Control.AsSpan(0, Math.Clamp(message.ControlLength, 0, message.Control.Length)), calls.FirstDescriptor, NameOfControl);
        return $"{DataText(all)} {NameText(message.Address, message.AddressLength)} control {message.ControlLength} [{control}] flags 0x{message.Flags:x}";
    }

    private string NameOfControl(byte[] name) => NameText(name, name.Length);

    private static string PollText(short events) => string.Create(CultureInfo.InvariantCulture, $"0x{events:x}");

    private static byte[] Filled(int count)
    {
        byte[] octets = new byte[count];
        octets.AsSpan().Fill(Untouched);
        return octets;
    }

    private static string DataText(byte[]? octets) => Hex(octets);

    private static string Hex(ReadOnlySpan<byte> octets)
    {
        return Convert.ToHexStringLower(octets.TrimEnd(Untouched));
    }
}

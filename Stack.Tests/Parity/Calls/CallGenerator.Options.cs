namespace UserNet.Tests.Parity.Calls;

// Options by level and name.
internal sealed partial class CallGenerator
{
    private static readonly int[] SocketOptions = [2, 2, 2, 15, 15, 6, 9, 13, 20, 21, 7, 8, 3, 4, 10, 11, 18, 19, 25, 30, 32, 33, 38, 39, 62];
    private static readonly int[] IpOptions = [1, 2, 8, 10, 11, 12, 13, 14, 15, 19, 21, 24, 32, 33, 34, 49, 50, 51, 3, 4, 35, 36];
    private static readonly int[] IpV6Options = [26, 26, 26, 16, 17, 18, 19, 20, 21, 23, 24, 25, 29, 36, 49, 50, 51, 60, 61, 62, 66, 67, 70, 72, 73, 74, 75, 76, 78];
    private static readonly int[] TcpOptions = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 18, 23, 25, 30];

    private (int Level, int Name) OptionOf(Open open)
    {
        if (Chance(theme == CallTheme.Nonsense ? 20 : 3)) return (Pick(0, 1, 6, 17, 41, 58, 255, 2, -1, 300), Pick(0, 77, 100, 999, -1, int.MaxValue));
        int level = open.Domain == Unix ? 1 : random.Next(10) switch { < 5 => 1, < 7 => 0, 7 when open.Type == Stream => 6, _ => open.Domain == Inet6 ? 41 : Chance(90) ? 0 : 41 };
        int[] names = level switch { 1 => SocketOptions, 0 => IpOptions, 6 => TcpOptions, _ => IpV6Options };
        return (level, names[random.Next(names.Length)]);
    }

    private Call SetAny(Open open)
    {
        (int level, int name) = OptionOf(open);
        byte[] value = ValueOf(level, name);
        int length = value.Length;
        byte[]? octets = value;
        if (Chance(theme == CallTheme.Nonsense ? 30 : 6))
        {
            switch (random.Next(5))
            {
                case 0: (octets, length) = (null, Pick(0, 1, 4, 8, -1)); break;
                case 1: length = Pick(-1, int.MinValue, length + 1, 1000); break;
                case 2: length = (octets = value[..random.Next(value.Length + 1)]).Length; break;
                case 3: length = (octets = [.. value, .. new byte[Pick(1, 4, 12, 30)]]).Length; break;
                default: length = random.Next(length + 1); break;
            }
        }

        return new Call(CallKind.SetSockOpt) { Descriptor = Any(open), A = level, B = name, Octets = octets, Length = length };
    }

    private byte[] ValueOf(int level, int name)
    {
        int index = Chance(85) ? Pick(0, 1, 2, 3) : Number();
        switch (level, name)
        {
            case (1, 13): return [.. BitConverter.GetBytes(Pick(0, 1)), .. BitConverter.GetBytes(Pick(0, 0, 1, 2, -1))];
            case (1, 20 or 21): return [.. BitConverter.GetBytes((long)Pick(0, 0, 1, 2, -1)), .. BitConverter.GetBytes((long)Pick(0, 1000, 250_000, 999_999, 1_000_000, -1))];
            case (1, 25) when theme == CallTheme.Streams: return "lo"u8.ToArray();
            case (1, 25): return System.Text.Encoding.ASCII.GetBytes(Chance(85) ? Chance(50) ? "lo" : "v0\0" : Chance(50) ? "" : "nope");
            case (0, 50) or (41, 76): return BitConverter.GetBytes(System.Net.IPAddress.HostToNetworkOrder(index));
            case (1, 62): return BitConverter.GetBytes(theme == CallTheme.Streams ? Pick(0, 1, -1) : Pick(0, 1, 2, 3, -1));
            case (6, 25): return BitConverter.GetBytes(Pick(65536, 1 << 20));
            case (0, 35 or 36): return [224, 1, 1, (byte)Pick(1, 2), .. System.Net.IPAddress.Parse(Local4[random.Next(Local4.Length)]).GetAddressBytes(), .. Chance(50) ? BitConverter.GetBytes(index) : []];
            case (0, 32): return [.. System.Net.IPAddress.Parse(Local4[random.Next(Local4.Length)]).GetAddressBytes()];
            case (41, 20 or 21): return [.. System.Net.IPAddress.Parse(Chance(80) ? "ff0e::5" : "::1").GetAddressBytes(), .. BitConverter.GetBytes(index)];
            case (0, 51): return BitConverter.GetBytes(Chance(60) ? (40000 | (41000 << 16)) : random.Next());
            case (0, 4): return Chance(50) ? [] : [1, 1, 1, 0];
            // When a raw socket is full goes by the kernel's memory, and decides what its sender hears.
            case (1, 8 or 33) when theme == CallTheme.Raw: return BitConverter.GetBytes(Pick(65536, 100_000, 300_000, -1));
            case (1, 7 or 8 or 32 or 33): return BitConverter.GetBytes(Pick(4096, 8192, 65536, 100_000, 1, 0, 300_000, -1));
            default: return BitConverter.GetBytes(Chance(75) ? random.Next(2) : Number());
        }
    }

    private Call GetAny(Open open)
    {
        (int level, int name) = OptionOf(open);
        int room = Chance(80) ? Pick(4, 4, 8, 16, 64) : random.Next(20);
        return GetOption(Any(open), level, name, room) with { Length = Chance(95) ? room : Pick(-1, room + 4, int.MinValue) };
    }

    private static Call GetOption(int descriptor, int level, int name, int room) =>
        new(CallKind.GetSockOpt) { Descriptor = descriptor, A = level, B = name, Octets = Room(room), Length = room };

    private static Call SetOption(int descriptor, int level, int name, int value) =>
        new(CallKind.SetSockOpt) { Descriptor = descriptor, A = level, B = name, Octets = BitConverter.GetBytes(value), Length = 4 };
}

using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Tests.Binding.Model;

internal enum OperationKind
{
    Open, Option, V6Only, Device, Owner, Bind, Listen, ConnectDatagram, Disconnect, ConnectAny, ConnectBound, Accept, State,
    Close, CloseTwice, Find, Range, Reserve,
}

/// <summary>
/// One step of a sequence. One that looks goes to the next slot that it suits; one that does not, and does not suit
/// what is in its slot, is passed over, so any step may be left out.
/// </summary>
internal readonly record struct Operation(OperationKind Kind, int Slot, int A, int B, int C, bool Looks = false)
{
    public const int Slots = 12;
    private const ushort FirstPort = 49148;      // 49,152 is the first port of a page of the bitmaps

    private static readonly (OperationKind Kind, int Weight)[] Weights =
    [
        (OperationKind.Open, 26), (OperationKind.Option, 8), (OperationKind.V6Only, 3), (OperationKind.Device, 2),
        (OperationKind.Owner, 2), (OperationKind.Bind, 30), (OperationKind.Listen, 10), (OperationKind.ConnectDatagram, 6),
        (OperationKind.Disconnect, 6), (OperationKind.ConnectAny, 8), (OperationKind.ConnectBound, 4),
        (OperationKind.Accept, 5), (OperationKind.State, 4), (OperationKind.Close, 18), (OperationKind.CloseTwice, 2),
        (OperationKind.Find, 20), (OperationKind.Range, 2), (OperationKind.Reserve, 1),
    ];

    private static readonly InetAddress[] V4 =
        [InetAddress.AnyV4, InetAddress.LoopbackV4, InetAddress.Parse("10.1.0.1"), InetAddress.Parse("10.1.0.2")];

    private static readonly InetAddress[] V6 =
    [
        InetAddress.AnyV6, InetAddress.LoopbackV6, InetAddress.Parse("2001:db8:1::1"), InetAddress.AnyV4.MapToV6(),
        InetAddress.Parse("::ffff:10.1.0.1"), InetAddress.Parse("fe80::1"),
    ];

    /// <summary>A local endpoint to bind to: one in four has port 0, the others one of two ports.</summary>
    public InetEndpoint BindEndpoint(bool isV6)
    {
        InetAddress address = isV6 ? V6[A % V6.Length] : V4[A % V4.Length];
        return new InetEndpoint(address, (B & 3) == 0 ? (ushort)0 : Port(2 + (B / 4 % 2)), address.NeedsScope ? 1 + (uint)(C % 2) : 0);
    }

    /// <summary>A concrete local address: of IPv4, mapped, or of IPv6.</summary>
    public InetAddress Local(bool isV6, bool isMapped) =>
        !isV6 ? V4[1 + (A % (V4.Length - 1))] : isMapped ? V4[1 + (A % (V4.Length - 1))].MapToV6() : V6[1 + (A % 2)];

    /// <summary>A remote endpoint.</summary>
    public InetEndpoint Remote(bool isV6, bool isMapped)
    {
        InetAddress v4 = InetAddress.Parse((B & 1) == 0 ? "10.1.0.9" : "10.1.0.8");
        InetAddress address = !isV6 ? v4 : isMapped ? v4.MapToV6() : InetAddress.Parse("2001:db8:1::9");
        return new InetEndpoint(address, (ushort)(7000 + (C % 2)));
    }

    /// <summary>Where a packet goes to.</summary>
    public InetEndpoint Destination =>
        new((A & 1) == 0 ? V4[1 + (A / 2 % (V4.Length - 1))] : (A & 2) == 0 ? V6[1 + (A / 4 % 2)] : V6[5], Port(B / 2));

    /// <summary>An ephemeral range of one to eight ports.</summary>
    public PortRange Ports
    {
        get
        {
            ushort first = (ushort)(FirstPort + (A % 6));
            return new PortRange(first, (ushort)(first + (B % 8)));
        }
    }

    public override string ToString() => $"{Kind} #{Slot} ({A}, {B}, {C})";

    public static ushort Port(int number) => (ushort)(FirstPort + (number % 8));

    public static Operation Draw(Random random)
    {
        int draw = random.Next(Weights.Sum(static entry => entry.Weight));
        foreach ((OperationKind kind, int weight) in Weights)
        {
            if (draw < weight)
                return new Operation(kind, random.Next(Slots), random.Next(256), random.Next(256), random.Next(256), random.Next(8) != 0);
            draw -= weight;
        }

        throw new InvalidOperationException("The weights do not add up.");
    }
}

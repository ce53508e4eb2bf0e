using System.Runtime.InteropServices;
using UserNet.Addressing;

namespace UserNet.Tap.Native;

/// <summary>What AF_PACKET sockets can be told, those of libpcap included.</summary>
internal static unsafe class PacketSocket
{
    public const int ReceiveRing = 5, Version = 10, Reserve = 12, VirtioHeaders = 15, IgnoreOutgoing = 23;
    public const int AllProtocols = 0x0003;    // ETH_P_ALL

    private const int AddMembership = 1, Statistics = 6;
    private const ushort AllGroups = 2, Promiscuous = 1, Unicast = 3;    // PACKET_MR_...
    private const uint Everything = 0xFFFF_FFFF;
    private const uint PacketType = 0xFFFF_F004;    // SKF_AD_OFF + SKF_AD_PKTTYPE
    private const uint Outgoing = 4;    // PACKET_OUTGOING
    private const ushort LoadOctet = 0x30, LoadWord = 0x20, LoadHalf = 0x28, JumpEqual = 0x15, JumpSet = 0x45, Return = 0x06;

    /// <summary>Sets a number; false, with errno, when the kernel refuses it.</summary>
    public static bool Set(Descriptor socket, int option, int value) =>
        LibC.SetOption(socket, LibC.PacketLevel, option, &value, sizeof(int)) == 0;

    /// <summary>Has the card take in what is for us beside the kernel's own: our address and all groups, or everything.</summary>
    public static bool Join(Descriptor socket, int index, MacAddress address, bool promiscuous)
    {
        if (promiscuous) return Join(socket, index, Promiscuous, address);
        return (Join(socket, index, Unicast, address) || Join(socket, index, Promiscuous, address)) && Join(socket, index, AllGroups, address);
    }

    /// <summary>Lets up only frames that came in, for the address or for many; all that came in without an address.</summary>
    public static bool Filter(Descriptor socket, MacAddress? address)
    {
        MacAddress to = address ?? default;
        byte afterIncoming = address is null ? (byte)6 : (byte)0;    // to the step that takes all, or to the next
        FilterStep* steps = stackalloc FilterStep[]
        {
            new(LoadOctet, 0, 0, PacketType),
            new(JumpEqual, 7, afterIncoming, Outgoing),
            new(LoadOctet, 0, 0, 0),
            new(JumpSet, 4, 0, 1),    // the group bit, broadcast included
            new(LoadWord, 0, 0, 0),
            new(JumpEqual, 0, 3, (uint)(to.Bits >> 16)),
            new(LoadHalf, 0, 0, 4),
            new(JumpEqual, 0, 1, (uint)(to.Bits & 0xFFFF)),
            new(Return, 0, 0, Everything),
            new(Return, 0, 0, 0),
        };
        FilterProgram program = new() { Length = 10, Steps = steps };
        return LibC.SetOption(socket, LibC.SocketLevel, LibC.AttachFilter, &program, (uint)sizeof(FilterProgram)) == 0;
    }

    /// <summary>How many frames the kernel dropped since it was last asked.</summary>
    public static long TakeDrops(Descriptor socket)
    {
        uint* counts = stackalloc uint[3];    // packets, drops, freezes
        counts[1] = 0;
        uint length = 3 * sizeof(uint);
        return LibC.GetOption(socket, LibC.PacketLevel, Statistics, counts, &length) == 0 ? counts[1] : 0;
    }

    private static bool Join(Descriptor socket, int index, ushort what, MacAddress address)
    {
        Membership membership = new() { Index = index, Type = what, Length = MacAddress.Length };
        address.WriteOctets(new Span<byte>(membership.Address, 8));
        return LibC.SetOption(socket, LibC.PacketLevel, AddMembership, &membership, (uint)sizeof(Membership)) == 0;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Membership    // struct packet_mreq
    {
        public int Index;
        public ushort Type, Length;
        public fixed byte Address[8];
    }

    [StructLayout(LayoutKind.Sequential)]
    private readonly struct FilterStep(ushort code, byte whenTrue, byte whenFalse, uint value)    // struct sock_filter
    {
        public readonly ushort Code = code;
        public readonly byte WhenTrue = whenTrue, WhenFalse = whenFalse;
        public readonly uint Value = value;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram    // struct sock_fprog
    {
        public ushort Length;
        public FilterStep* Steps;
    }
}

/// <summary>struct sockaddr_ll.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LinkSocketAddress
{
    public ushort Family, Protocol;
    public int Index;
    public ushort HardwareType;
    public byte PacketType, Length;
    public fixed byte Address[8];
}

/// <summary>struct tpacket_req3.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct RingRequest
{
    public uint BlockSize, BlockCount, FrameSize, FrameCount, RetireMilliseconds, PrivateSize, Features;
}

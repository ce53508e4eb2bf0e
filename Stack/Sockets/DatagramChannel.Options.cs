using System.Buffers.Binary;
using UserNet.Addressing;
using UserNet.Ip;
using UserNet.Time;

namespace UserNet.Sockets;

// The options of a socket's datagrams.
internal sealed partial class DatagramChannel
{
    private const int LingerLength = 8;
    private byte[]? _linger;

    /// <summary>SO_RCVBUF and SO_SNDBUF of a new socket: net.core.rmem_default and wmem_default.</summary>
    public const int DefaultLimit = 212_992;

    /// <summary>The largest that may be asked for, which is then doubled: net.core.rmem_max and wmem_max.</summary>
    public const int LargestLimit = 4 << 20;

    /// <summary>IP_TTL of a new socket.</summary>
    public const byte DefaultTimeToLive = 64;

    private const int SmallestReceiveLimit = 2304, SmallestSendLimit = 4608;

    private byte[] _ipOptions = [], _sentOptions = [];

    /// <summary>SO_RCVBUF: what the queue may hold, with the overhead that each datagram is charged.</summary>
    public int ReceiveLimit { get; private set; } = DefaultLimit;

    /// <summary>SO_SNDBUF: what may be under way, with the overhead that each packet is charged.</summary>
    public int SendLimit { get; private set; } = DefaultLimit;

    /// <summary>IP_TTL.</summary>
    public byte TimeToLive { get; set; } = DefaultTimeToLive;

    /// <summary>IP_TOS.</summary>
    public byte TrafficClass { get; set; }

    /// <summary>IP_MTU_DISCOVER.</summary>
    public PathMtuDiscovery Discovery { get; set; } = PathMtuDiscovery.Want;

    /// <summary>SO_NO_CHECK: UDP over IPv4 goes without a checksum.</summary>
    public bool SendsNoChecksum { get; set; }

    /// <summary>SO_KEEPALIVE, which means nothing here and is kept to be read.</summary>
    public bool KeepsAlive { get; set; }

    /// <summary>SO_LINGER, which means nothing here and is kept to be read: octets of a struct linger.</summary>
    public ReadOnlySpan<byte> Linger => _linger ?? new byte[LingerLength];

    /// <summary>IP_HDRINCL: what a raw socket sends begins with the IP header.</summary>
    public bool IncludesHeader { get; set; }

    /// <summary>ICMP_FILTER: the types that a raw ICMP socket does not hear, as bits.</summary>
    public uint IcmpFilter { get; set; }

    /// <summary>IP_OPTIONS: what each packet carries, padded to a multiple of 4.</summary>
    public ReadOnlySpan<byte> IpOptions => _ipOptions;

    /// <summary>IP_PKTINFO, IP_RECVTTL, IP_RECVTOS: kept to be read; a receive that asks is always told.</summary>
    public bool WantsPacketInformation { get; set; }

    /// <inheritdoc cref="WantsPacketInformation"/>
    public bool WantsTimeToLive { get; set; }

    /// <inheritdoc cref="WantsPacketInformation"/>
    public bool WantsTrafficClass { get; set; }

    /// <summary>
    /// Sets SO_RCVBUF. Linux doubles what it is told, to make room for its overhead, and so does this.
    /// </summary>
    public void SetReceiveLimit(int octets) => ReceiveLimit = Limit(octets, SmallestReceiveLimit);

    /// <summary>Sets SO_SNDBUF; doubled likewise.</summary>
    public void SetSendLimit(int octets)
    {
        SendLimit = Limit(octets, SmallestSendLimit);
        if (HasRoom) Pump();
    }

    /// <summary>Sets SO_RCVBUF beyond the largest that may be asked for.</summary>
    public void ForceReceiveLimit(int octets) => ReceiveLimit = Math.Max(2 * Math.Clamp(octets, 0, int.MaxValue / 2), SmallestReceiveLimit);

    /// <summary>Sets SO_SNDBUF beyond the largest that may be asked for.</summary>
    public void ForceSendLimit(int octets)
    {
        SendLimit = Math.Max(2 * Math.Clamp(octets, 0, int.MaxValue / 2), SmallestSendLimit);
        if (HasRoom) Pump();
    }

    /// <summary>Sets IP_OPTIONS, which were found right and become the channel's.</summary>
    public void SetIpOptions(byte[] options)
    {
        _ipOptions = options;
        _sentOptions = options.Length == 0 ? [] : new byte[options.Length];
    }

    /// <summary>The options of the packet that is sent next, with this host's address in those that record it; lent until then.</summary>
    /// <param name="own">What the packet has instead of the channel's, which the address is written into; null for those.</param>
    /// <param name="host">This host.</param>
    /// <param name="source">Its address.</param>
    /// <param name="now">The time.</param>
    public ReadOnlyMemory<byte> OptionsToSend(byte[]? own, HostAddressing host, InetAddress source, Timestamp now)
    {
        if (own is { Length: > 0 })
        {
            Ipv4OptionProcessing.Record(own, host, source, now);
            return own;
        }

        if (_ipOptions.Length == 0 || own is not null) return default;
        _ipOptions.CopyTo(_sentOptions, 0);
        Ipv4OptionProcessing.Record(_sentOptions, host, source, now);
        return _sentOptions;
    }

    // As in Linux, a negative number is a very large one.
    private static int Limit(int asked, int smallest) =>
        Math.Max(2 * (int)Math.Min((uint)asked, LargestLimit), smallest);

    /// <summary>Keeps SO_LINGER; while it is off its time stays what it was.</summary>
    /// <returns>Granted, InvalidOption (too short).</returns>
    public Binding.BindRule SetLinger(ReadOnlySpan<byte> value)
    {
        if (value.Length < LingerLength) return Binding.BindRule.InvalidOption;
        bool isOn = value[..sizeof(int)].ContainsAnyExcept((byte)0);
        _linger ??= new byte[LingerLength];
        _linger[0] = isOn ? (byte)1 : (byte)0;
        if (isOn) BinaryPrimitives.WriteInt32LittleEndian(_linger.AsSpan(sizeof(int)), TimeValue.KeptSeconds(BinaryPrimitives.ReadInt32LittleEndian(value[sizeof(int)..])));
        return Binding.BindRule.Granted;
    }
}

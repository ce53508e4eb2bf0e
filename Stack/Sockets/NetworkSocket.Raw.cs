using System.Net.Sockets;
using UserNet.Binding;
using UserNet.Buffers;
using UserNet.Doors;
using UserNet.Errors;
using UserNet.Ip;
using UserNet.Udp;
using UserNet.Wire;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Sockets;

// What is different of sockets without ports: raw ones (raw(7)), and those of ICMP echoes.
public sealed partial class NetworkSocket
{
    private bool _wasNamed;      // bound, connected or sent from

    /// <summary>
    /// ICMP_FILTER of a raw ICMP socket: which types it does not hear, type 0 by the lowest bit; types above 31 are always heard.
    /// </summary>
    /// <exception cref="NetworkException">OperationNotSupported (a raw socket of another protocol), ProtocolOption (no raw socket).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public uint IcmpFilter
    {
        get
        {
            Span<byte> value = stackalloc byte[sizeof(uint)];
            GetRawSocketOption(RawOptionLevel.Raw, RawOption.IcmpFilter, value);
            return ReadUInt32LittleEndian(value);
        }

        set
        {
            Span<byte> octets = stackalloc byte[sizeof(uint)];
            WriteUInt32LittleEndian(octets, value);
            SetRawSocketOption(RawOptionLevel.Raw, RawOption.IcmpFilter, octets);
        }
    }

    private bool IsRaw => _binding.IsRaw;

    private bool IsRawIcmp => IsRaw && _binding.Protocol == ProtocolType.Icmp;

    private SocketBinding OpenRaw(ProtocolType protocol)
    {
        if (!_caller.MayAdministerNetwork)
            throw new NetworkException(BindRule.NotPermitted, "The caller lacks the right to open raw sockets.");
        if (protocol == ProtocolType.Raw) Channel.IncludesHeader = true;
        return _core.Engine.OpenRaw((byte)protocol, _caller, this);
    }

    private SocketBinding OpenEcho() => _core.Icmp is not { Settings.AllowsSockets: false }
        ? _core.Engine.OpenEcho(_caller, this)
        : throw new NetworkException(BindRule.Privileged, "ICMP sockets are not allowed on this stack.");

    /// <summary>True unless an ICMP socket is to send something else than an echo request.</summary>
    private bool MaySend(ReadOnlySpan<byte> octets) =>
        !_binding.IsEcho || ((Icmpv4Type)octets[0] == Icmpv4Type.EchoRequest && octets[1] == 0);

    /// <summary>The most octets that fit any packet of the socket.</summary>
    private int MostOctets(DatagramChannel channel, bool isV6)
    {
        if (isV6) return Ipv6Header.MaxPayload - UdpHeader.Length;
        if (channel.IncludesHeader) return Ipv4Output.MaxLength;
        int most = Ipv4Output.MaxLength - Ipv4Header.Length - channel.IpOptions.Length;
        return _binding.HasPorts ? most - UdpHeader.Length : most;
    }

    /// <summary>Puts the socket's identifier and the checksum into an echo request.</summary>
    private void SealEcho(PacketBuffer packet)
    {
        Span<byte> message = packet.Span;
        WriteUInt16BigEndian(message[4..], _binding.Port);
        WriteUInt16BigEndian(message[2..], 0);
        WriteUInt16BigEndian(message[2..], InternetChecksum.Of(message));
    }

    private void CountSent(ReadOnlySpan<byte> octets, DatagramChannel channel)
    {
        Counters counters = _core.Context.Counters;
        counters.Count(_binding.HasPorts ? Counter.UdpOutDatagrams : Counter.RawOutPackets);
        if (_binding.Protocol != ProtocolType.Icmp || channel.IncludesHeader) return;
        counters.Count(Counter.IcmpOutMessages);
        if (!octets.IsEmpty && (Icmpv4Type)octets[0] == Icmpv4Type.EchoRequest) counters.Count(Counter.IcmpOutEchoRequests);
    }

    /// <summary>True for a message whose type the socket does not want to hear.</summary>
    private bool Filters(ReadOnlySpan<byte> message)
    {
        if (_channel is not { IcmpFilter: not 0 and var filter }) return false;
        return message.Length < Icmpv4Header.Length || (message[0] < 32 && (filter >> message[0] & 1) != 0);
    }

    /// <summary>Sets an option of raw sockets. Gate held.</summary>
    /// <returns>Granted, UnknownOption, NotSupported (not of ICMP).</returns>
    private BindRule SetIcmpFilter(int name, ReadOnlySpan<byte> value)
    {
        if (!IsRaw || name != RawOption.IcmpFilter) return BindRule.UnknownOption;
        if (!IsRawIcmp) return BindRule.NotSupported;
        Span<byte> octets = stackalloc byte[sizeof(uint)];
        WriteUInt32LittleEndian(octets, Channel.IcmpFilter);
        value[..Math.Min(value.Length, octets.Length)].CopyTo(octets);      // what is not given stays
        Channel.IcmpFilter = ReadUInt32LittleEndian(octets);
        return BindRule.Granted;
    }

    private BindRule GetIcmpFilter(int name, Span<byte> value, out int length)
    {
        length = 0;
        if (!IsRaw || name != RawOption.IcmpFilter) return BindRule.UnknownOption;
        if (!IsRawIcmp) return BindRule.NotSupported;
        Span<byte> octets = stackalloc byte[sizeof(uint)];
        WriteUInt32LittleEndian(octets, _channel?.IcmpFilter ?? 0);
        length = Math.Min(value.Length, octets.Length);
        octets[..length].CopyTo(value);
        return BindRule.Granted;
    }
}

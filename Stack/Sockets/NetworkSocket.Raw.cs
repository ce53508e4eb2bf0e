using System.Net.Sockets;
using UserNet.Addressing;
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
    private const int Icmp6ChecksumOffset = 2;

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

    private bool IsRawIcmp => IsRaw && !_binding.IsV6 && _binding.Protocol == ProtocolType.Icmp;

    private bool IsRawIcmpV6 => IsRaw && _binding.IsV6 && _binding.Protocol == ProtocolType.IcmpV6;

    private SocketBinding OpenRaw(AddressFamily family, ProtocolType protocol)
    {
        if (!_caller.MayAdministerNetwork)
            throw new NetworkException(BindRule.NotPermitted, "The caller lacks the right to open raw sockets.", Personality);
        if (protocol == ProtocolType.Raw) Channel.IncludesHeader = true;
        if (family == AddressFamily.InterNetworkV6 && protocol == ProtocolType.IcmpV6) Channel.ChecksumOffset = Icmp6ChecksumOffset;
        return _core.Engine.OpenRaw(family, (byte)protocol, _caller, this);
    }

    private SocketBinding OpenEcho(AddressFamily family) => _core.Icmp is not { Settings.AllowsSockets: false }
        ? _core.Engine.OpenEcho(family, _caller, this)
        : throw new NetworkException(BindRule.Privileged, "ICMP sockets are not allowed on this stack.", Personality);

    /// <summary>True unless an ICMP socket is to send something else than an echo request.</summary>
    private bool MaySend(ReadOnlySpan<byte> octets) =>
        !_binding.IsEcho || (octets[0] == (_binding.IsV6 ? (byte)Icmpv6Type.EchoRequest : (byte)Icmpv4Type.EchoRequest) && octets[1] == 0);

    /// <summary>The most octets that fit any packet of the socket.</summary>
    private int MostOctets(DatagramChannel channel, bool isV6, in RouteAnswer route, in DatagramSendOptions said)
    {
        if (channel.IncludesHeader && LinkMtuOf(route) is > 0 and var mtu) return isV6 ? mtu : Math.Min(mtu, Ipv4Output.MaxLength);
        if (isV6) return channel.IncludesHeader ? int.MaxValue : _binding.HasPorts ? Ipv6Header.MaxPayload - UdpHeader.Length : Ipv6Header.MaxPayload;
        if (channel.IncludesHeader) return Ipv4Output.MaxLength;
        int most = Ipv4Output.MaxLength - Ipv4Header.Length - (said.IpOptions?.Length ?? channel.IpOptions.Length);
        return _binding.HasPorts ? most - UdpHeader.Length : most;
    }

    /// <summary>Puts the socket's identifier and the checksum into an echo request.</summary>
    private void SealEcho(PacketBuffer packet, InetAddress source, InetAddress destination)
    {
        Span<byte> message = packet.Span;
        WriteUInt16BigEndian(message[4..], _binding.Port);
        WriteUInt16BigEndian(message[2..], 0);
        WriteUInt16BigEndian(message[2..], _binding.IsV6
            ? InternetChecksum.Of(message, new PseudoHeader(source, destination, IpProtocol.Icmpv6, message.Length)) : InternetChecksum.Of(message));
    }

    /// <summary>Puts the checksum into what a raw IPv6 socket sends, where it asked for that (IPV6_CHECKSUM); false when there is no room for it.</summary>
    private bool TrySealRaw(PacketBuffer packet, InetAddress source, InetAddress destination)
    {
        Span<byte> unit = packet.Span;
        int offset = Channel.ChecksumOffset;
        if (offset < 0) return true;
        if (offset >= unit.Length - 1) return false;
        var protocol = (IpProtocol)_binding.Protocol;
        WriteUInt16BigEndian(unit[offset..], 0);
        ushort checksum = InternetChecksum.Of(unit, new PseudoHeader(source, destination, protocol, unit.Length));
        WriteUInt16BigEndian(unit[offset..], checksum == 0 && protocol == IpProtocol.Udp ? ushort.MaxValue : checksum);
        return true;
    }

    private void CountSent(ReadOnlySpan<byte> octets, DatagramChannel channel)
    {
        Counters counters = _core.Context.Counters;
        counters.Count(_binding.HasPorts ? Counter.UdpOutDatagrams : Counter.RawOutPackets);
        if (channel.IncludesHeader) return;
        if (IsRawIcmpV6 || (_binding.IsEcho && _binding.IsV6))
        {
            counters.Count(Counter.Icmp6OutMessages);
            if (!octets.IsEmpty && (Icmpv6Type)octets[0] == Icmpv6Type.EchoRequest) counters.Count(Counter.Icmp6OutEchoRequests);
        }

        if (_binding.Protocol != ProtocolType.Icmp) return;
        counters.Count(Counter.IcmpOutMessages);
        if (!octets.IsEmpty && (Icmpv4Type)octets[0] == Icmpv4Type.EchoRequest) counters.Count(Counter.IcmpOutEchoRequests);
    }

    /// <summary>True for a message whose type the socket does not want to hear.</summary>
    private bool Filters(in IpArrival arrival)
    {
        ReadOnlySpan<byte> message = arrival.Payload;
        if (IsRaw && arrival.IsV6) return FiltersV6(arrival, message);
        if (_channel is not { IcmpFilter: not 0 and var filter }) return false;
        return message.Length < Icmpv4Header.Length || (message[0] < 32 && (filter >> message[0] & 1) != 0);
    }

    /// <summary>A raw IPv6 socket does not hear what ICMP6_FILTER excludes, nor a wrong checksum where it has the stack look after it.</summary>
    private bool FiltersV6(in IpArrival arrival, ReadOnlySpan<byte> unit)
    {
        if (_channel is not { } channel) return false;
        if (IsRawIcmpV6 && (unit.IsEmpty || channel.FiltersIcmp6(unit[0]))) return true;
        if (channel.ChecksumOffset < 0 || arrival.ChecksumIsGood || arrival.NeedsChecksum) return false;
        return InternetChecksum.Of(unit, new PseudoHeader(arrival.Source, arrival.Destination, arrival.Protocol, unit.Length)) != 0;
    }

    /// <summary>Sets an option of SOL_ICMPV6. Gate held.</summary>
    /// <returns>Granted, UnknownOption (or no raw socket), NotSupported (not of ICMPv6).</returns>
    private BindRule SetIcmp6Filter(int name, ReadOnlySpan<byte> value)
    {
        if (!IsRaw || !_binding.IsV6) return BindRule.UnknownOption;
        if (!IsRawIcmpV6) return BindRule.NotSupported;
        if (name != RawOption.Icmp6Filter) return BindRule.UnknownOption;
        Channel.SetIcmp6Filter(value);
        return BindRule.Granted;
    }

    private BindRule GetIcmp6Filter(int name, Span<byte> value, out int length)
    {
        length = 0;
        if (!IsRaw || !_binding.IsV6) return BindRule.UnknownOption;
        if (!IsRawIcmpV6) return BindRule.NotSupported;
        if (name != RawOption.Icmp6Filter) return BindRule.UnknownOption;
        Span<byte> octets = stackalloc byte[DatagramChannel.Icmp6FilterLength];
        octets.Clear();
        Channel.Icmp6Filter.CopyTo(octets);
        return Copy(octets, value, out length);
    }

    /// <summary>Sets IPV6_CHECKSUM of a raw socket. Gate held.</summary>
    private BindRule SetChecksumOffset(int offset, bool isOfIpV6)
    {
        if (!IsRaw || !_binding.IsV6) return BindRule.UnknownOption;
        if ((isOfIpV6 && IsRawIcmpV6) || (offset > 0 && (offset & 1) != 0)) return BindRule.InvalidOption;
        Channel.ChecksumOffset = Math.Max(offset, -1);
        return BindRule.Granted;
    }

    /// <summary>Sets an option of raw sockets. Gate held.</summary>
    /// <returns>Granted, UnknownOption, NotSupported (not of ICMP).</returns>
    private BindRule SetIcmpFilter(int name, ReadOnlySpan<byte> value)
    {
        if (_binding.IsV6 && name == RawOption.V6Checksum && value.Length >= sizeof(int)) return SetChecksumOffset(ReadInt32LittleEndian(value), isOfIpV6: false);
        if (!IsRaw || _binding.IsV6 || name != RawOption.IcmpFilter) return BindRule.UnknownOption;
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
        if (!IsRaw || _binding.IsV6 || name != RawOption.IcmpFilter) return BindRule.UnknownOption;
        if (!IsRawIcmp) return BindRule.NotSupported;
        Span<byte> octets = stackalloc byte[sizeof(uint)];
        WriteUInt32LittleEndian(octets, _channel?.IcmpFilter ?? 0);
        length = Math.Min(value.Length, octets.Length);
        octets[..length].CopyTo(value);
        return BindRule.Granted;
    }
}

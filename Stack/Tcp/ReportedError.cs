using UserNet.Addressing;
using UserNet.Errors;

namespace UserNet.Tcp;

/// <summary>What an ICMP message says of a segment, for the socket that hears of it.</summary>
internal readonly ref struct ReportedError
{
    /// <summary>What it comes to.</summary>
    public Errno Errno { get; init; }

    /// <summary>It won't help to try again.</summary>
    public bool IsHard { get; init; }

    /// <summary>It came by ICMPv6.</summary>
    public bool IsV6 { get; init; }

    /// <summary>The type of the message.</summary>
    public byte Type { get; init; }

    /// <summary>Its code.</summary>
    public byte Code { get; init; }

    /// <summary>Which octet of the header is meant, of a parameter problem; else 0.</summary>
    public uint FaultyOctet { get; init; }

    /// <summary>Who says so.</summary>
    public InetAddress Reporter { get; init; }

    /// <summary>Where the segment was to go.</summary>
    public InetAddress Destination { get; init; }

    /// <summary>The TTL, or hop limit, with which the message arrived.</summary>
    public byte HopLimit { get; init; }

    /// <summary>The traffic class of the packet that brought it.</summary>
    public byte TrafficClass { get; init; }

    /// <summary>The segment, as far as it is quoted.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }
}

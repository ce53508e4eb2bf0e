using System.Net.NetworkInformation;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Tests.Binding.Model;

/// <summary>
/// What a socket says of itself when it asks for a port; while it holds one, what others collide with.
/// </summary>
internal sealed record ModelTerms(
    InetAddress Address, bool V6Only, bool Ra, bool Rp, bool Ex, uint Device, uint Uid)
{
    /// <summary>The part of IPv4 that is covered: an address, "*" for all, null for nothing.</summary>
    public string? V4 =>
        Address.IsV4OrMapped ? Address.IsWildcard ? "*" : Address.Unmap().ToString() :
        Address.IsWildcard && !V6Only ? "*" : null;

    /// <summary>The part of IPv6 that is covered.</summary>
    public string? V6 => Address.IsV4OrMapped ? null : Address.IsWildcard ? "*" : Address.ToString();

    /// <summary>Whether IPv4 sockets see 127.0.0.6 in it; of streams only wildcards do.</summary>
    public bool HasRest { get; init; }

    /// <summary>Whether it is of a stream.</summary>
    public bool IsStream { get; init; }

    public bool IsDual => V4 == "*" && V6 == "*";

    public bool IsWild => V4 == "*" || V6 == "*";
}

/// <summary>A socket of the model: its options, and what it holds, all in plain sight.</summary>
internal sealed class ModelSocket(int slot, bool isStream, bool isV6, uint uid, bool v6Only)
{
    public int Slot { get; } = slot;

    public bool IsStream { get; } = isStream;

    public bool IsV6 { get; } = isV6;

    // Options.
    public bool Ra, Rp, Ex, V6Only = v6Only;
    public uint Device, Uid = uid;

    // The name.
    public InetAddress Bound = isV6 ? InetAddress.AnyV6 : InetAddress.AnyV4;
    public InetAddress Source = isV6 ? InetAddress.AnyV6 : InetAddress.AnyV4;
    public bool AddressLocked, PortLocked, BoundToWildcard;

    // What is held.
    public ModelTerms? Held;
    public ushort Port;
    public TcpState State = TcpState.Closed;
    public HolderOrigin Origin;
    public InetAddress Local;
    public InetEndpoint? Remote;
    public int Order;
    public (InetAddress Local, InetEndpoint Remote)? FirstEnds;      // of the first connect
    public int FirstConnect;
    public bool InGroup;

    public InetAddress Any => IsV6 ? InetAddress.AnyV6 : InetAddress.AnyV4;

    public bool IsUnconnected => State == TcpState.Closed && Remote is null;

    public ModelTerms TermsAt(InetAddress address) =>
        new(address, V6Only || (address.IsV6 && !address.IsV4OrMapped && !address.IsWildcard), Ra, Rp, Ex, Device, Uid) { IsStream = IsStream };

    public override string ToString() =>
        $"#{Slot} {(IsStream ? "tcp" : "udp")}{(IsV6 ? 6 : 4)} {Held?.Address}:{Port} {State} {Origin} peer {Remote} {Held}";
}

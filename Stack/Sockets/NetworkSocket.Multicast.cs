using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;
using UserNet.Core;
using UserNet.Ip;
using UserNet.Multicast;
using static System.Buffers.Binary.BinaryPrimitives;

namespace UserNet.Sockets;

// Multicast groups: which ones the socket hears, from whom, and how it sends to them.
public sealed partial class NetworkSocket : IGroupMember
{
    private SocketMemberships? _memberships;      // made by the first join
    private byte _multicastTimeToLive = 1;
    private bool _loopsMulticast = true;
    private bool? _hearsAllGroups;      // null for the usual

    /// <summary>
    /// IP_MULTICAST_TTL: how many routers may forward what is sent to a group, 0 to 255; 1 at first. Of an IPv6 socket IPV6_MULTICAST_HOPS,
    /// which IPv4 packets do not heed.
    /// </summary>
    /// <exception cref="NetworkException">InvalidArgument (another number, or a stream).</exception>
    /// <remarks>Any thread.</remarks>
    public int MulticastTimeToLive
    {
        get => GetSocketOption(OwnLevel, SocketOptionName.MulticastTimeToLive);
        set => SetSocketOption(OwnLevel, SocketOptionName.MulticastTimeToLive, value);
    }

    /// <summary>
    /// IP_MULTICAST_LOOP, or of an IPv6 socket IPV6_MULTICAST_LOOP: what is sent to a group is heard by members on this host, too. True at
    /// first. Any thread.
    /// </summary>
    public bool MulticastLoopback
    {
        get => GetSocketOption(OwnLevel, SocketOptionName.MulticastLoopback) != 0;
        set => SetSocketOption(OwnLevel, SocketOptionName.MulticastLoopback, value);
    }

    /// <summary>
    /// IP_MULTICAST_ALL, or of an IPv6 socket IPV6_MULTICAST_ALL: what other sockets of this host joined, or the host itself, is heard too,
    /// where this one is no member itself and is bound so that it may. True at first where the personality is Linux's; false for others.
    /// </summary>
    /// <remarks>Of an IPv6 socket it is about IPv6 groups; IPv4 groups of others it does not hear unless told so by number. Any thread.</remarks>
    public bool HearsAllGroups
    {
        get => Read(_ => _binding.IsV6 ? HearsAllV6 : HearsAll);
        set
        {
            if (_binding.IsV6) SetRawSocketOption(RawOptionLevel.IpV6, RawOption.V6MulticastAll, [(byte)(value ? 1 : 0), 0, 0, 0]);
            else SetRawSocketOption(RawOptionLevel.Ip, RawOption.MulticastAll, [(byte)(value ? 1 : 0)]);
        }
    }

    /// <summary>Joins a group on an interface. RFC 3678 §4.1.1.</summary>
    /// <param name="group">The group. An IPv6 socket may join groups of both families.</param>
    /// <param name="device">The interface's index; 0 for the one that a route to the group leads over.</param>
    /// <param name="source">The only source to be heard, beside those that were joined before; null for all.</param>
    /// <exception cref="NetworkException">
    /// InvalidArgument (no group; or for a source: joined for all but some already), AddressNotAvailable (no such interface, no
    /// route; the source is listed already), AddressAlreadyInUse (joined already), NoBufferSpaceAvailable (too many groups or
    /// sources), ProtocolOption (an IPv6 group, of an IPv4 socket), OperationNotSupported (a stream).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public void JoinGroup(InetAddress group, uint device = 0, InetAddress? source = null) => JoinGroup(new GroupRequest(group, device), source);

    /// <inheritdoc cref="JoinGroup(InetAddress, uint, InetAddress?)"/>
    /// <param name="request">The group, and the interface by index or by an address of it.</param>
    /// <param name="source">The only source to be heard, beside those that were joined before; null for all.</param>
    public void JoinGroup(in GroupRequest request, InetAddress? source = null) =>
        Require(TryJoinGroup(request, source), "join", request, source);

    /// <summary>Joins a group and says which rule decided: Granted, InvalidOption, NoDevice, AlreadyJoined, NotJoined (the source is listed), TooManyGroups, NoOptionMemory, UnknownOption, NotForStreams.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindRule TryJoinGroup(in GroupRequest request, InetAddress? source = null) =>
        Call(source is null ? RawOption.AddMembership : RawOption.AddSourceMembership, request, source);

    /// <summary>Leaves a group, or lets go of one source that was joined; with the last one the group is left.</summary>
    /// <param name="group">The group.</param>
    /// <param name="device">The interface's index; 0 for the one that a route to the group leads over, or of an IPv6 group for any.</param>
    /// <param name="source">The source to let go of; null for the whole group.</param>
    /// <exception cref="NetworkException">
    /// AddressNotAvailable (not joined, no such source, no such interface), InvalidArgument (for a source: no member, or joined for
    /// all but some), ProtocolOption (an IPv6 group, of an IPv4 socket), OperationNotSupported (a stream).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public void LeaveGroup(InetAddress group, uint device = 0, InetAddress? source = null) => LeaveGroup(new GroupRequest(group, device), source);

    /// <inheritdoc cref="LeaveGroup(InetAddress, uint, InetAddress?)"/>
    /// <param name="request">The group, and the interface by index or by an address of it.</param>
    /// <param name="source">The source to let go of; null for the whole group.</param>
    public void LeaveGroup(in GroupRequest request, InetAddress? source = null) =>
        Require(TryLeaveGroup(request, source), "leave", request, source);

    /// <summary>Leaves a group and says which rule decided: Granted, NotJoined, NoDevice, InvalidOption, UnknownOption, NotForStreams.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindRule TryLeaveGroup(in GroupRequest request, InetAddress? source = null) =>
        Call(source is null ? RawOption.DropMembership : RawOption.DropSourceMembership, request, source);

    /// <summary>Stops hearing a source of a group that was joined as a whole.</summary>
    /// <exception cref="NetworkException">
    /// InvalidArgument (no group, no member, joined for some sources only), AddressNotAvailable (blocked already, no such
    /// interface), NoBufferSpaceAvailable (too many sources), ProtocolOption (an IPv6 group, of an IPv4 socket).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public void BlockSource(in GroupRequest request, InetAddress source) =>
        Require(Call(RawOption.BlockSource, request, source), "block", request, source);

    /// <summary>Hears a blocked source again.</summary>
    /// <exception cref="NetworkException">As <see cref="BlockSource"/>; AddressNotAvailable when it is not blocked.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public void UnblockSource(in GroupRequest request, InetAddress source) =>
        Require(Call(RawOption.UnblockSource, request, source), "unblock", request, source);

    /// <summary>Gives a group that was joined another filter; INCLUDE of nobody leaves it. RFC 3678 §4.2.</summary>
    /// <exception cref="ArgumentNullException">The filter is null.</exception>
    /// <exception cref="NetworkException">
    /// InvalidArgument (no group, no member; an IPv6 group without an index), NoBufferSpaceAvailable (too many sources),
    /// AddressNotAvailable (no such interface, nothing to leave), ProtocolOption (an IPv6 group, of an IPv4 socket).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public void SetGroupFilter(in GroupRequest request, SourceFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        BindRule rule;
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            rule = IsBeyond(request.Group) ? BindRule.UnknownOption : Memberships.SetFilter(request, filter, _core.Now);
        }

        Require(rule, $"set to {filter}", request, null);
    }

    /// <summary>The filter of a group, or null when the socket is no member on that interface. Any thread.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public SourceFilter? GetGroupFilter(in GroupRequest request)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _memberships?.GetFilter(request, out SourceFilter filter) == BindRule.Granted ? filter : null;
        }
    }

    /// <summary>
    /// Sets an option whose value is an object: a <see cref="MulticastOption"/> or an <see cref="IPv6MulticastOption"/> to join or leave a group.
    /// </summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    /// <exception cref="ArgumentException">The value is of another type.</exception>
    /// <exception cref="NetworkException">As <see cref="JoinGroup(InetAddress, uint, InetAddress?)"/>; ProtocolOption (another option).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, object optionValue)
    {
        ThrowIfClosed();
        ArgumentNullException.ThrowIfNull(optionValue);
        if ((optionLevel, optionName) == (SocketOptionLevel.Socket, SocketOptionName.Linger))
        {
            SetLinger(optionValue as LingerOption ?? throw new ArgumentException($"{optionName} takes a {nameof(LingerOption)}.", nameof(optionValue)));
            return;
        }

        bool isV6 = optionLevel == SocketOptionLevel.IPv6;
        if ((optionLevel != SocketOptionLevel.IP && !isV6) || optionName is not (SocketOptionName.AddMembership or SocketOptionName.DropMembership))
            throw OptionRefused(BindRule.UnknownOption, $"{optionLevel}.{optionName}");
        GroupRequest request = (isV6, optionValue) switch
        {
            (false, MulticastOption asked) => new GroupRequest(
                InetAddress.From(asked.Group), (uint)asked.InterfaceIndex,
                asked.LocalAddress is null ? InetAddress.AnyV4 : InetAddress.From(asked.LocalAddress)),
            (true, IPv6MulticastOption asked) => new GroupRequest(InetAddress.From(asked.Group), (uint)asked.InterfaceIndex),
            _ => throw new ArgumentException(
                $"{optionName} takes a {(isV6 ? nameof(IPv6MulticastOption) : nameof(MulticastOption))}, not a {optionValue.GetType().Name}.",
                nameof(optionValue)),
        };
        bool joins = optionName == SocketOptionName.AddMembership;
        Require(Call(joins ? RawOption.AddMembership : RawOption.DropMembership, request, null), joins ? "join" : "leave", request, null);
        Track(optionLevel, optionName);
    }

    /// <summary>Sets an option by its octets, as Linux has them: of a group ip_mreq, ip_mreqn, ip_mreq_source or ipv6_mreq, else a number.</summary>
    /// <exception cref="NetworkException">Fault (the value is null), InvalidArgument (a number of less than 4 octets); as <see cref="SetRawSocketOption"/>.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    /// <remarks>Any thread.</remarks>
    public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, byte[] optionValue)
    {
        ThrowIfClosed();
        if (optionValue is null) throw OptionRefused(BindRule.BadPointer, $"{optionLevel}.{optionName}");
        bool isV6 = optionLevel == SocketOptionLevel.IPv6;
        int name = isV6 ? GroupOptionOfV6(optionName) : GroupOptionOf(optionLevel, optionName);
        BindRule rule = name == 0
            ? optionValue.Length < sizeof(int) ? BindRule.InvalidOption : TrySetSocketOption(optionLevel, optionName, ReadInt32LittleEndian(optionValue))
            : TrySetRaw(isV6 ? RawOptionLevel.IpV6 : RawOptionLevel.Ip, name, optionValue, _caller);
        if (rule != BindRule.Granted) throw OptionRefused(rule, $"{optionLevel}.{optionName}");
        Track(optionLevel, optionName);
    }

    /// <inheritdoc/>
    bool IGroupMember.Accepts(InetAddress group, InetAddress source, uint device) =>
        _memberships?.Accepts(group, source, device, group.IsV6 ? HearsAllV6 : HearsAll) ?? (group.IsV6 ? HearsAllV6 : HearsAll);

    private SocketOptionLevel OwnLevel => _binding.IsV6 ? SocketOptionLevel.IPv6 : SocketOptionLevel.IP;

    private bool HearsAll => _hearsAllGroups
        ?? (_binding.Family == AddressFamily.InterNetwork && _core.Engine.Table.Personality.HasLinuxOptions);

    private SocketMemberships Memberships => _memberships ??= new SocketMemberships(_core.Engine.Routes, _core.Groups, IsLinux);

    private BindRule Call(int name, in GroupRequest request, InetAddress? source)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (IsBeyond(request.Group)) return BindRule.UnknownOption;
            if (_binding.IsStream && source is null) return BindRule.NotForStreams;
            return Do(name, request, source ?? InetAddress.AnyV4);
        }
    }

    /// <summary>True for an IPv6 group where the socket has no options for those.</summary>
    private bool IsBeyond(InetAddress group) => group.IsV6 && !_binding.IsV6;

    /// <summary>One of the calls that name a group, and perhaps a source. Gate held.</summary>
    private BindRule Do(int name, in GroupRequest request, InetAddress source) => name switch
    {
        RawOption.AddMembership or RawOption.JoinGroup or RawOption.V6JoinGroup => Memberships.Join(request, _core.Now),
        RawOption.DropMembership or RawOption.LeaveGroup or RawOption.V6LeaveGroup => Memberships.Leave(request, _core.Now),
        RawOption.AddSourceMembership or RawOption.JoinSourceGroup => Memberships.JoinSource(request, source, _core.Now),
        RawOption.DropSourceMembership or RawOption.LeaveSourceGroup => Memberships.LeaveSource(request, source, _core.Now),
        RawOption.BlockSource or RawOption.BlockGroupSource => Memberships.Block(request, source, _core.Now),
        _ => Memberships.Unblock(request, source, _core.Now),
    };

    private void Require(BindRule rule, string what, in GroupRequest request, InetAddress? source)
    {
        if (rule == BindRule.Granted) return;
        string of = source is { } s ? $" for {s}" : "";
        throw Remember(new NetworkException(rule, $"{what} {request.Group}{of}: " + rule switch
        {
            BindRule.NoDevice => "there is no such interface, or no route to the group.",
            BindRule.AlreadyJoined => "the socket is a member already.",
            BindRule.NotJoined when source is not null => "the source is listed already, or is not.",
            BindRule.NotJoined => "the socket is no member on that interface.",
            BindRule.TooManyGroups => "the socket is in as many groups, or lists as many sources, as one may.",
            BindRule.NoOptionMemory => "the socket's groups take as much memory as they may.",
            BindRule.UnknownOption => "an IPv4 socket joins no IPv6 group.",
            BindRule.NotForStreams => "a stream joins no group.",
            _ => "this is no group, or the socket is no member of the kind that this needs.",
        }, Personality));
    }
}

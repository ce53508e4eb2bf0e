using System.Net.Sockets;
using UserNet.Addressing;
using UserNet.Binding;

namespace UserNet.Sockets;

// Options, by the names of .NET and by Linux's numbers, and what the engine would say of a call.
public sealed partial class NetworkSocket
{
    /// <summary>SO_REUSEADDR: what the socket binds may be shared, with whom the personality says.</summary>
    /// <exception cref="NetworkException">InvalidArgument (SO_EXCLUSIVEADDRUSE is set).</exception>
    public bool ReuseAddress
    {
        get => Read(static binding => binding.Sharing.HasFlag(Sharing.ReuseAddress));
        set => SetSharing(Sharing.ReuseAddress, value, "SO_REUSEADDR");
    }

    /// <summary>SO_REUSEPORT: sockets of one owner that all have it share a port, and what comes in is spread over them.</summary>
    /// <exception cref="NetworkException">ProtocolOption (a personality without it).</exception>
    public bool ReusePort
    {
        get => Read(static binding => binding.Sharing.HasFlag(Sharing.ReusePort));
        set => SetSharing(Sharing.ReusePort, value, "SO_REUSEPORT");
    }

    /// <summary>SO_BINDTODEVICE: the interface that the socket is bound to, by name; null for none.</summary>
    /// <exception cref="NetworkException">
    /// ProtocolOption (a personality without it), AddressNotAvailable (no such interface), AccessDenied (the caller may not change it).
    /// </exception>
    public string? Device
    {
        get
        {
            using (_core.Enter()) return _binding.Device == 0 ? null : _core.Engine.Routes.NameOf(_binding.Device);
        }

        set
        {
            byte[] name = System.Text.Encoding.ASCII.GetBytes(value ?? "");
            BindRule rule = TrySetRaw(RawOptionLevel.Socket, RawOption.BindToDevice, name, _caller);
            if (rule != BindRule.Granted) throw OptionRefused(rule, $"SO_BINDTODEVICE = {value}");
        }
    }

    /// <summary>
    /// Whether nobody else may share what this socket binds. On Windows SO_EXCLUSIVEADDRUSE; elsewhere, as in .NET there, the opposite of
    /// ReuseAddress: true at first, and setting it to false sets SO_REUSEADDR and SO_REUSEPORT.
    /// </summary>
    /// <exception cref="InvalidOperationException">It is set, and the socket is bound.</exception>
    /// <exception cref="NetworkException">InvalidArgument (on Windows SO_REUSEADDR is set).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public bool ExclusiveAddressUse
    {
        get => GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ExclusiveAddressUse) != 0;
        set
        {
            if (IsBound) throw new InvalidOperationException("The socket is bound: who may share its address is settled.");
            SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ExclusiveAddressUse, value);
        }
    }

    /// <summary>True when an IPv6 socket takes IPv4 too: IPV6_V6ONLY is off. A socket of CreateSocket with a family has it on at first, as in .NET.</summary>
    /// <exception cref="NotSupportedException">It is set, and the socket is an IPv4 one.</exception>
    /// <exception cref="NetworkException">InvalidArgument (bound already).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public bool DualMode
    {
        get => _binding.IsV6 && GetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.IPv6Only) == 0;
        set
        {
            if (!_binding.IsV6) throw OfOtherFamily(AddressFamily.InterNetworkV6);
            SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.IPv6Only, !value);
        }
    }

    /// <summary>SO_BROADCAST: the socket may send to broadcast addresses, and on Windows bind to them.</summary>
    public bool EnableBroadcast
    {
        get => !_binding.IsStream && GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Broadcast) != 0;
        set => SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Broadcast, value);
    }

    /// <summary>Sets an option that is on or off.</summary>
    /// <exception cref="NetworkException">
    /// ProtocolOption (not an option of this stack and personality), InvalidArgument (not with this value or in this state).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, bool optionValue) =>
        SetSocketOption(optionLevel, optionName, optionValue ? 1 : 0);

    /// <summary>Sets an option that is a number.</summary>
    /// <exception cref="NetworkException">
    /// ProtocolOption (not an option of this stack and personality), InvalidArgument (not with this value or in this state).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public void SetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, int optionValue)
    {
        BindRule rule = TrySetSocketOption(optionLevel, optionName, optionValue);
        if (rule != BindRule.Granted) throw OptionRefused(rule, $"{optionLevel}.{optionName} = {optionValue}");
        Track(optionLevel, optionName);
    }

    /// <summary>Sets an option and says which rule decided: Granted, UnknownOption, InvalidOption.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindRule TrySetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName, int optionValue)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            bool isOn = optionValue != 0;
            switch (optionLevel, optionName)
            {
                case (SocketOptionLevel.Socket, SocketOptionName.ReuseAddress or SocketOptionName.ExclusiveAddressUse):
                    return SetReuse(optionName, optionValue);
                case (SocketOptionLevel.IPv6, SocketOptionName.IPv6Only):
                    return _core.Engine.SetV6Only(_binding, isOn);
                case (SocketOptionLevel.Socket, SocketOptionName.Broadcast):
                    _binding.MayBroadcast = isOn;
                    return BindRule.Granted;
                case (SocketOptionLevel.IP, SocketOptionName.MulticastTimeToLive):
                    return SetGroupNumber(RawOption.MulticastTimeToLive, optionValue);
                case (SocketOptionLevel.IP, SocketOptionName.MulticastLoopback):
                    return SetGroupNumber(RawOption.MulticastLoopback, optionValue);
                case (SocketOptionLevel.IP, SocketOptionName.MulticastInterface):
                    return SetMulticastInterface((uint)optionValue);
                case (SocketOptionLevel.IPv6, var name) when GroupOptionOfV6(name) is not 0 and var raw:
                    return SetGroupNumberV6(raw, optionValue);
                default:
                    return SetDatagramOption(optionLevel, optionName, optionValue);
            }
        }
    }

    /// <summary>The value of an option as a number.</summary>
    /// <exception cref="NetworkException">ProtocolOption (not an option of this stack and personality).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int GetSocketOption(SocketOptionLevel optionLevel, SocketOptionName optionName)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (optionLevel == SocketOptionLevel.Tcp && _addsForUnix && _binding is { IsStream: false, IsV6: false })
                throw OptionRefused(BindRule.NotSupported, $"{optionLevel}.{optionName}");      // Linux's IPv4 knows of no other level
            if (optionLevel == SocketOptionLevel.IP && GroupNumber(optionName) is { } ofGroup) return ofGroup;
            if (optionLevel == SocketOptionLevel.IPv6 && _binding.IsV6 && GroupNumberV6(GroupOptionOfV6(optionName)) is { } ofGroupV6)
                return ofGroupV6;
            bool? value = (optionLevel, optionName) switch
            {
                (SocketOptionLevel.Socket, SocketOptionName.ReuseAddress or SocketOptionName.ExclusiveAddressUse) => HasReuse(optionName),
                (SocketOptionLevel.Socket, SocketOptionName.Broadcast) => _binding.MayBroadcast,
                (SocketOptionLevel.Socket, SocketOptionName.AcceptConnection) => IsListening,
                (SocketOptionLevel.IPv6, SocketOptionName.IPv6Only) when _binding.IsV6 => _binding.V6Only,
                _ => null,
            };
            if (value is { } isOn) return isOn ? 1 : 0;
            return GetDatagramOption(optionLevel, optionName, out int number) is var rule and not BindRule.Granted
                ? throw OptionRefused(rule, $"{optionLevel}.{optionName}")
                : number;
        }
    }

    /// <summary>Sets an option by Linux's numbers (<see cref="RawOptionLevel"/>, <see cref="RawOption"/>) and octets.</summary>
    /// <exception cref="NetworkException">
    /// ProtocolOption (not an option of this stack and personality), InvalidArgument (not with this value or in this state), AccessDenied
    /// (the caller lacks the right).
    /// </exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public void SetRawSocketOption(int optionLevel, int optionName, ReadOnlySpan<byte> optionValue)
    {
        BindRule rule = optionValue.IsEmpty && !_isClosed ? BindRule.BadPointer : TrySetRaw(optionLevel, optionName, optionValue, _caller);
        if (rule != BindRule.Granted) throw OptionRefused(rule, $"option {optionName} of level {optionLevel}");
    }

    /// <summary>Reads an option by Linux's numbers and returns how many octets were written.</summary>
    /// <exception cref="NetworkException">ProtocolOption (not an option of this stack and personality), InvalidArgument (no room for it).</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public int GetRawSocketOption(int optionLevel, int optionName, Span<byte> optionValue)
    {
        BindRule rule = TryGetRaw(optionLevel, optionName, optionValue, out int length);
        return rule == BindRule.Granted ? length : throw OptionRefused(rule, $"option {optionName} of level {optionLevel}");
    }

    private static ReadOnlySpan<byte> Zero => [0, 0, 0, 0];

    internal BindRule TrySetRaw(int level, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (level == RawOptionLevel.Ip && GroupOptions.IsKnown(name)) return SetGroupOption(name, value);
            if (level == RawOptionLevel.IpV6 && _binding.IsV6 && GroupOptions.IsKnownV6(name)) return SetGroupOptionV6(name, value);
            if (IsLinux && SetKept(level, name, value, caller) is { } ofKept) return ofKept;
            if (value.IsEmpty && level == RawOptionLevel.Ip && RawOptions.TakesNothingForZero(name)) value = Zero;
            BindRule rule = RawOptions.Set(_core.Engine, _binding, level, name, value, caller);
            return rule == BindRule.UnknownOption ? SetRawDatagramOption(level, name, value, caller) : rule;
        }
    }

    internal BindRule TryGetRaw(int level, int name, Span<byte> value, out int length)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (level == RawOptionLevel.Ip && GroupOptions.IsNumber(name)) return GroupOptions.Write(GroupNumber(name), value, out length);
            if (level == RawOptionLevel.IpV6 && _binding.IsV6 && GroupOptions.IsKnownV6(name)) return GetGroupOptionV6(name, value, out length);
            if (level == RawOptionLevel.IpV6 && !_binding.IsV6 && IsLinux)
            {
                length = 0;
                return BindRule.NotSupported;      // where setting is answered UnknownOption
            }

            if (IsLinux && KeptOptions.Get(_kept, _binding, level, name, value.Length, out int kept) is { } ofKept)
            {
                if ((level, name) == (RawOptionLevel.Socket, KeptOptions.BufferLock)) kept |= LocksOfBuffers;
                length = ofKept == BindRule.Granted ? RawOptions.Write(level, name, kept, value) : 0;
                return ofKept;
            }

            if (level == RawOptionLevel.IpV6 && name == RawOption.V6MulticastInterface && _deviceOfPeer != 0)
            {
                length = RawOptions.Write(level, name, (int)_deviceOfPeer, value);
                return BindRule.Granted;
            }

            BindRule rule = TryGetRawDatagramOption(level, name, value, out length);
            return rule == BindRule.UnknownOption ? RawOptions.Get(_core.Engine, _binding, level, name, value, out length) : rule;
        }
    }

    /// <summary>SOCK_SNDBUF_LOCK and SOCK_RCVBUF_LOCK: a buffer that was set does not change by itself.</summary>
    private int LocksOfBuffers => _stream is null ? 0 : (_stream.Options.SendBuffer is null ? 0 : 1) | (_stream.Options.ReceiveBuffer is null ? 0 : 2);

    private KeptOptions? _kept;      // made by the first of them that is set

    private BindRule? SetKept(int level, int name, ReadOnlySpan<byte> value, in Caller caller)
    {
        BindRule? rule = KeptOptions.Set(_kept, _binding, level, name, value, caller, out int? stored);
        if (stored is { } number) (_kept ??= new KeptOptions()).Keep(level, name, number);
        return rule;
    }

    internal BindRule RefuseUnreadable(int level, int name, int length)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            if (level == RawOptionLevel.Ip && GroupOptions.IsKnown(name)) return GroupOptions.RefuseUnreadable(_binding.IsStream, name, length);
            if (level == RawOptionLevel.IpV6 && _binding.IsV6 && GroupOptions.IsKnownV6(name))
                return GroupOptions.RefuseUnreadableV6(_binding.IsStream, name, length);
            return RawOptions.RefuseUnreadable(_binding, level, name, length);
        }
    }

    internal BindRule TryAutoBind()
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _core.Engine.AutoBind(_binding).Rule;
        }
    }

    internal BindRule TrySetOwner(uint uid, in Caller caller)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            bool isIdle = _binding.Uid == caller.Uid && uid == caller.Uid;      // one may give one's own to oneself
            if (caller.Uid != 0 && !isIdle) return BindRule.NotPermitted;
            _core.Engine.SetOwner(_binding, uid);
            return BindRule.Granted;
        }
    }

    /// <summary>What a bind to this endpoint would be answered now, and why; nothing is changed.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindExplanation ExplainBind(in InetEndpoint local) => ExplainBind(local, _caller);

    /// <summary>What a bind on behalf of another caller would be answered now, and why; nothing is changed.</summary>
    public BindExplanation ExplainBind(in InetEndpoint local, in Caller caller)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _core.Engine.ExplainBind(_binding, local, caller);
        }
    }

    /// <summary>What connect to this endpoint would be answered now, and why; nothing is changed.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindExplanation ExplainConnect(in InetEndpoint remote)
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _core.ExplainConnect(_binding, remote);
        }
    }

    /// <summary>What listen would be answered now, and why; nothing is changed.</summary>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public BindExplanation ExplainListen()
    {
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            return _core.Engine.ExplainListen(_binding);
        }
    }

    private void SetSharing(Sharing option, bool isOn, string name)
    {
        BindRule rule;
        using (_core.Enter())
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            rule = _core.Engine.SetSharing(_binding, option, isOn);
        }

        if (rule != BindRule.Granted) throw OptionRefused(rule, $"{name} = {isOn}");
    }

    private bool Read(Func<SocketBinding, bool> property)
    {
        using (_core.Enter()) return property(_binding);
    }

    private NetworkException OptionRefused(BindRule rule, string option) => RememberOption(new NetworkException(rule, rule switch
    {
        BindRule.UnknownOption => $"{option}: not an option of this socket and personality.",
        BindRule.NotPermitted => $"{option}: the caller lacks the right to set it.",
        BindRule.NoDevice or BindRule.NotLocal => $"{option}: there is no such interface.",
        _ => $"{option}: not with this value, or not in the socket's state.",
    }, Personality));
}

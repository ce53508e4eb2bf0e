namespace UserNet.Binding;

// The options that touch binding. What a bound socket shares is changed at once where the system reads it live.
public sealed partial class BindEngine
{
    /// <summary>Sets or clears SO_REUSEADDR, SO_REUSEPORT, SO_EXCLUSIVEADDRUSE, or what SO_REUSE_UNICASTPORT shares.</summary>
    /// <returns>
    /// Granted, UnknownOption (the personality lacks it), InvalidOption (SO_REUSEADDR and SO_EXCLUSIVEADDRUSE
    /// together; SO_REUSE_UNICASTPORT on a bound socket).
    /// </returns>
    public BindRule SetSharing(SocketBinding socket, Sharing option, bool isOn)
    {
        bool exists = option switch
        {
            Sharing.ReusePort => Personality.HasReusePort,
            Sharing.Exclusive or Sharing.UnicastPort => Personality.HasExclusive,
            _ => true,
        };
        if (!exists) return BindRule.UnknownOption;
        Sharing other = option switch
        {
            Sharing.ReuseAddress => Sharing.Exclusive,
            Sharing.Exclusive => Sharing.ReuseAddress,
            _ => Sharing.None,
        };
        if (isOn && (socket.Sharing & other) != 0) return BindRule.InvalidOption;
        if (option == Sharing.UnicastPort && socket.IsHeld) return BindRule.InvalidOption;
        socket.Sharing = isOn ? socket.Sharing | option : socket.Sharing & ~option;
        RefreshClaim(socket);
        return BindRule.Granted;
    }

    /// <summary>Sets IPV6_V6ONLY.</summary>
    /// <returns>Granted, UnknownOption (an IPv4 socket), InvalidOption (bound already).</returns>
    public BindRule SetV6Only(SocketBinding socket, bool isOn)
    {
        if (!socket.IsV6) return BindRule.UnknownOption;
        if (socket.Port != 0) return Personality.V6OnlyMayChangeWhenBound ? BindRule.Granted : BindRule.InvalidOption;
        socket.V6Only = isOn;
        return BindRule.Granted;
    }

    /// <summary>Sets SO_BINDTODEVICE; 0 clears it. No rule is asked again for what the socket holds.</summary>
    /// <returns>Granted, UnknownOption, NoDevice, NotPermitted (an unprivileged caller changes or clears it).</returns>
    public BindRule SetDevice(SocketBinding socket, uint device, in Caller caller, bool mayBeAbsent = false)
    {
        if (!Personality.HasLinuxOptions) return BindRule.UnknownOption;
        if (socket.Device != 0 && !caller.MayAdministerNetwork) return BindRule.NotPermitted;
        if (device != 0 && !mayBeAbsent && !_routes.HasDevice(device)) return BindRule.NoDevice;      // by its number Linux takes any
        socket.Device = device;
        socket.HasPeerRoute = false;
        RefreshClaim(socket);
        return BindRule.Granted;
    }

    /// <summary>Has the way to the peer be looked for again by the next datagram.</summary>
    public static void ForgetRoute(SocketBinding socket) => socket.HasPeerRoute = false;

    /// <summary>Sets IP_TRANSPARENT.</summary>
    /// <returns>Granted, UnknownOption, NotPermitted.</returns>
    public BindRule SetTransparent(SocketBinding socket, bool isOn, in Caller caller)
    {
        if (!Personality.HasLinuxOptions) return BindRule.UnknownOption;
        if (isOn && !caller.MayAdministerNetwork) return BindRule.NotPermitted;
        socket.Transparent = isOn;
        return BindRule.Granted;
    }

    /// <summary>Sets IP_FREEBIND.</summary>
    /// <returns>Granted, UnknownOption.</returns>
    public BindRule SetFreeBind(SocketBinding socket, bool isOn)
    {
        if (!Personality.HasLinuxOptions) return BindRule.UnknownOption;
        socket.FreeBind = isOn;
        return BindRule.Granted;
    }

    /// <summary>Sets IP_BIND_ADDRESS_NO_PORT.</summary>
    /// <returns>Granted, UnknownOption.</returns>
    public BindRule SetBindAddressNoPort(SocketBinding socket, bool isOn)
    {
        if (!Personality.HasLinuxOptions) return BindRule.UnknownOption;
        socket.BindAddressNoPort = isOn;
        return BindRule.Granted;
    }

    /// <summary>Sets IP_LOCAL_PORT_RANGE; 0 leaves a bound to the stack's range.</summary>
    /// <returns>Granted, UnknownOption, InvalidOption (the lower bound is above the upper).</returns>
    public BindRule SetLocalPortRange(SocketBinding socket, ushort low, ushort high)
    {
        if (!Personality.HasLinuxOptions) return BindRule.UnknownOption;
        if (low != 0 && high != 0 && low > high) return BindRule.InvalidOption;
        socket.LocalPortRange = (low, high);
        return BindRule.Granted;
    }

    /// <summary>Sets SO_REUSE_UNICASTPORT: bind to port 0 leaves the port to connect, which may share it between destinations.</summary>
    /// <returns>Granted, UnknownOption (the personality lacks it), InvalidOption (bound already).</returns>
    public BindRule SetReuseUnicastPort(SocketBinding socket, bool isOn)
    {
        BindRule rule = SetSharing(socket, Sharing.UnicastPort, isOn);
        if (rule == BindRule.Granted) socket.BindAddressNoPort = isOn;
        return rule;
    }

    /// <summary>Sets SO_RANDOMIZE_PORT: a port that the engine chooses for the socket is a random one.</summary>
    /// <returns>Granted, UnknownOption (the personality lacks it), InvalidOption (bound already).</returns>
    public BindRule SetRandomizePort(SocketBinding socket, bool isOn)
    {
        if (!Personality.HasExclusive) return BindRule.UnknownOption;
        if (socket.IsHeld) return BindRule.InvalidOption;
        socket.RandomizesPort = isOn;
        return BindRule.Granted;
    }

    /// <summary>Says whom else the owner lets share the socket's ports, from now on; null for nobody.</summary>
    public static void SetSecurity(SocketBinding socket, SecurityDescriptor? security)
    {
        ArgumentNullException.ThrowIfNull(socket);
        socket.SetSecurity(security);
    }

    /// <summary>Gives the socket to another owner, as fchown does.</summary>
    public void SetOwner(SocketBinding socket, uint uid)
    {
        socket.Uid = uid;
        RefreshClaim(socket);
    }

    private void SetDeviceByScope(SocketBinding socket, uint device)
    {
        socket.Device = device;
        RefreshClaim(socket);
    }

    private void RefreshClaim(SocketBinding socket)
    {
        if (!socket.IsHeld) return;
        Claim held = socket.Claim;
        Sharing sharing = Personality.SharingIsFrozenAtBind ? held.Sharing : socket.Sharing;
        socket.Ports.SetClaim(socket, held with { Sharing = sharing, Device = socket.Device, Uid = socket.Uid });
    }
}

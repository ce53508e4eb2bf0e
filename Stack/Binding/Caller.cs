namespace UserNet.Binding;

/// <summary>Who makes a call: an owner for sockets, and the rights that calls are checked against.</summary>
/// <param name="Uid">The owner that new sockets get.</param>
/// <param name="MayBindPrivilegedPorts">CAP_NET_BIND_SERVICE.</param>
/// <param name="MayAdministerNetwork">
/// CAP_NET_ADMIN and CAP_NET_RAW: IP_TRANSPARENT, changing a device once set.
/// </param>
public readonly record struct Caller(uint Uid, bool MayBindPrivilegedPorts = false, bool MayAdministerNetwork = false)
{
    /// <summary>Uid 0 with every right.</summary>
    public static Caller Root => new(0, true, true);

    /// <summary>A user without rights.</summary>
    public static Caller User(uint uid) => new(uid);
}

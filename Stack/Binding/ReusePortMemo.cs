using UserNet.Addressing;

namespace UserNet.Binding;

/// <summary>
/// What Linux remembers of the last SO_REUSEPORT binder of a stream port, even after it closed: a newcomer with the
/// option, of the same owner and within the remembered address is let in without a look at anybody else.
/// </summary>
/// <remarks>
/// The default value remembers nobody. "Within" is judged as the kernel judges it: beside an IPv4 memory only IPv4
/// parts are compared, so that a dual-stack :: counts as 0.0.0.0; a remembered :: admits any ::, dual-stack or not.
/// </remarks>
public readonly record struct ReusePortMemo
{
    private readonly Claim _claim;
    private readonly bool _isSet;

    private ReusePortMemo(in Claim claim)
    {
        _claim = claim;
        _isSet = true;
    }

    /// <summary>True when somebody is remembered.</summary>
    public bool IsSet => _isSet;

    /// <summary>True when the claim may pass unchecked.</summary>
    public bool Admits(in Claim asking) =>
        _isSet && asking.ReusesPort && asking.Uid == _claim.Uid && (_claim.Address.IsV6 ? AdmitsToV6(asking) : AdmitsToV4(asking));

    /// <summary>The memory after a successful bind or listen.</summary>
    public ReusePortMemo After(in Claim granted) =>
        !granted.ReusesPort ? default : Admits(granted) ? this : new ReusePortMemo(granted);

    private bool AdmitsToV4(in Claim asking)
    {
        if (!HasV4Part(asking)) return false;
        return _claim.Address.IsWildcard || (asking.Address.IsV4OrMapped && asking.Address.HasSameOctets(_claim.Address));
    }

    private bool AdmitsToV6(in Claim asking)
    {
        if (_claim.Address.IsV4Mapped && asking.Address.IsV4OrMapped)
            return !asking.V6Only && (_claim.Address.IsWildcard || asking.Address.HasSameOctets(_claim.Address));
        if (IsAnyV6(_claim)) return IsAnyV6(asking) || !(_claim.V6Only && asking.Address.IsV4OrMapped);
        return asking.Address.IsV6 && asking.Address == _claim.Address;
    }

    private static bool IsAnyV6(in Claim claim) => claim.Address == InetAddress.AnyV6;

    private static bool HasV4Part(in Claim claim) => (claim.Covers & (Coverage.OneV4 | Coverage.AllV4)) != 0;
}

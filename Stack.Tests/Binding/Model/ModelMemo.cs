using UserNet.Addressing;

namespace UserNet.Tests.Binding.Model;

/// <summary>
/// What Linux's streams remember of the last SO_REUSEPORT binder of a port, told as the kernel tells it: a family, an
/// IPv4 part (0 for ::) and an IPv6 address.
/// </summary>
internal sealed record ModelMemo(ModelTerms Binder)
{
    public bool Admits(ModelTerms asking)
    {
        if (!asking.Rp || asking.Uid != Binder.Uid) return false;
        return Binder.Address.IsV6 ? AdmitsBesideV6(asking) : AdmitsBesideV4(asking);
    }

    /// <summary>Only IPv4 parts are compared; a dual-stack :: counts as 0.0.0.0.</summary>
    private bool AdmitsBesideV4(ModelTerms asking)
    {
        if (asking.V4 is null) return false;
        return Binder.V4 == "*" || asking.V4 == Binder.V4;
    }

    private bool AdmitsBesideV6(ModelTerms asking)
    {
        bool mineIsMapped = Binder.Address.IsV4Mapped, itsIsMapped = asking.Address.IsV4OrMapped;
        if (mineIsMapped && itsIsMapped) return Binder.V4 == "*" || asking.V4 == Binder.V4;
        if (Binder.Address == InetAddress.AnyV6)
            return asking.Address == InetAddress.AnyV6 || !(Binder.V6Only && itsIsMapped);
        return asking.Address == Binder.Address;
    }
}

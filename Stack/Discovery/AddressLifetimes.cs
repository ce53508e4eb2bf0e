using UserNet.Ip;
using UserNet.Link;
using UserNet.Time;

namespace UserNet.Discovery;

/// <summary>Has the addresses of a host grow old: deprecated when their preferred lifetime is over, then removed. RFC 4862 §5.5.4.</summary>
/// <remarks>Gate held.</remarks>
internal sealed class AddressLifetimes(HostAddressing host, LinkContext context) : IExpires
{
    private Deadline _deadline;
    private Timestamp _due = Timestamp.Never;

    /// <summary>An address has come, or its lifetimes are others.</summary>
    public void OnChanged(InterfaceAddress address)
    {
        Timestamp first = address.Is(AddressTraits.Deprecated) ? address.ValidUntil : Timestamp.Min(address.PreferredUntil, address.ValidUntil);
        if (first < _due) Arm(first);      // what is due earlier than it need be finds nothing to do
    }

    /// <inheritdoc/>
    public void OnExpired(Timestamp now)
    {
        _due = Timestamp.Never;
        Timestamp next = host.EndLifetimes(now);
        if (next < _due) Arm(next);
    }

    private void Arm(Timestamp due)
    {
        context.Deadlines.Cancel(_deadline);
        _due = due;
        _deadline = context.Deadlines.Add(due, this);
    }
}

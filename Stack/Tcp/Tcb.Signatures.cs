using UserNet.Wire;

namespace UserNet.Tcp;

// Segments that are signed, and those that should be. RFC 2385.
internal sealed partial class Tcb
{
    private byte[]? SegmentKey => _context.Settings.SegmentKeys.Find(Binding.LocalAddress, Binding.RemoteAddress);

    /// <summary>
    /// True for a segment that is not signed as it should be, or signed where there is no key that it could be right by. RFC 2385 §3.0.
    /// </summary>
    private bool LacksSignature(in TcpSegment segment, in TcpOptionValues options)
    {
        if (!Options.Signs) return options.HasMd5;
        return SegmentKey is { } key
            ? !TcpSegmentKeys.IsSigned(segment, Binding.RemoteAddress, Binding.LocalAddress, key)
            : options.HasMd5;
    }

    /// <summary>The peer's SYN was not signed, and need not be: nor is what follows.</summary>
    public void DoNotSign() => Options = Options with { Signs = false };
}
